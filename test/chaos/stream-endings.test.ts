/** How a stream may end: with and without [DONE], with and without a finish_reason, and with things after the end. */
import { expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { answers, defined, type Expectation, fails, tells } from './expectation.ts';
import { eachChaosMode, faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall, Play } from './fault-upstream.ts';
import {
  chunkedHead,
  chunkFrame,
  chunks,
  closing,
  content,
  deltaOf,
  done,
  errorText,
  eventOf,
  lastChunk,
  opening,
  usage,
  wholeStream,
} from './script.ts';

const doneEvent = eventOf(done);

type Ending = readonly [name: string, events: string, after: 'ends' | 'stays open', expected: Expectation];

const endings: readonly Ending[] = [
  ['as it should', opening + closing + doneEvent, 'ends', answers(content)],
  ['with no [DONE] after a finish_reason', opening + closing, 'ends', answers(content)],
  [
    'with no [DONE] and no usage',
    opening + eventOf(chunks.second) + eventOf(chunks.finish),
    'ends',
    answers(content),
  ],
  [
    'with no [DONE] and no finish_reason',
    opening + eventOf(chunks.second),
    'ends',
    fails('upstream_incomplete', 'always'),
  ],
  ['within its last event', wholeStream.slice(0, -2), 'ends', answers(content)],
  ['within [DONE]', `${opening}${closing}data: [DO`, 'ends', defined],
  ['with [DONE] alone', doneEvent, 'ends', defined],
  ['with [DONE] but no finish_reason', opening + eventOf(chunks.second) + doneEvent, 'ends', defined],
  ['with two [DONE]', wholeStream + doneEvent, 'ends', answers(content)],
  ['with an event after [DONE]', wholeStream + eventOf(chunks.second), 'ends', answers(content)],
  ['with comments and blank lines', `: hello\n\n\n\n${wholeStream}: bye\n\n`, 'ends', answers(content)],
  [
    'with other fields',
    wholeStream.replaceAll('data:', 'event: x\nid: 7\nretry: 5\nnews: y\ndata:'),
    'ends',
    answers(content),
  ],
  ['with data not set off by a space', wholeStream.replaceAll('data: ', 'data:'), 'ends', answers(content)],
  [
    'with data over two lines',
    wholeStream.replaceAll(',"choices"', '\ndata: ,"choices"'),
    'ends',
    answers(content),
  ],
  ['behind a byte order mark', `\ufeff${wholeStream}`, 'ends', answers(content)],
  ['but keeps the connection open after [DONE]', wholeStream, 'stays open', answers(content)],
];

const play =
  (events: string, after: Ending[2]) =>
  async ({ say }: FaultCall) => {
    // A moment between the parts, so that the client has the first before the fault shows.
    await say(chunkedHead({ type: 'stream' }) + chunkFrame(events.slice(0, opening.length)));
    const rest = events.slice(opening.length);
    await say((rest === '' ? '' : chunkFrame(rest)) + (after === 'ends' ? lastChunk : ''));
  };

/** Much goes by, piece by piece, between what decides the outcome and the end. */
const longAfter =
  (deciding: string, following: string): Play =>
  async ({ say }) => {
    await say(chunkedHead({ type: 'stream' }) + chunkFrame(opening));
    await say(chunkFrame(deciding));
    for (let i = 0; i < 12; i += 1) await say(chunkFrame(following));
    await say(lastChunk);
  };
const comment = ': still here\n\n';
const emptyDelta = eventOf(deltaOf(''));

const scenarios: Scenario[] = [
  ...endings.map(([name, events, after, stream]) => ({
    name: name.replaceAll(/[^a-zA-Z]+/g, '-'),
    play: play(events, after),
    stream,
  })),
  { name: 'long-after-its-finish', play: longAfter(closing, comment), stream: answers(content) },
  { name: 'long-after-its-finish-in-events', play: longAfter(closing, emptyDelta), stream: answers(content) },
  {
    name: 'long-after-an-error',
    play: longAfter(eventOf(errorText('It broke.', 'broken')), emptyDelta),
    stream: tells('It broke.', 'always'),
  },
];

faultSuite('a stream that ends', scenarios);

eachChaosMode('the usage of a stream', { early: longAfter(closing, comment + emptyDelta) }, (stage) => {
  test.each([false, true])('is counted however much follows it, asked for %p', async (include_usage) => {
    const reply = await stage().chat('early', { stream: true, stream_options: { include_usage } });
    const id = reply.headers.get('x-request-id');
    const line = await eventually(
      () =>
        stage()
          .gateway.logLines()
          .find((candidate) => candidate.request_id === id),
      'the log line',
    );
    expect(line).toMatchObject({ input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens });
  });
});
