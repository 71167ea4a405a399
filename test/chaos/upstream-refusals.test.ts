/** The upstream's own errors: passed on with status and words, without the credential they may repeat. */
import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { type ChaosStage, upstreamKey } from './chaos-stage.ts';
import { expectOutcome, tells } from './expectation.ts';
import { eachChaosMode, faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import {
  chunkedHead,
  chunkFrame,
  errorText,
  eventOf,
  headOf,
  lastChunk,
  opening,
  replyOf,
  streamOf,
} from './script.ts';

const words = 'The model is overloaded.';
const echoes = [`with ${upstreamKey}`, `"${upstreamKey}"`, `Bearer ${upstreamKey}.`].join(' and ');
const error = {
  message: `${words} Called ${echoes}`,
  type: 'server_error',
  param: 'model',
  code: 'overloaded',
};
const echoText = JSON.stringify({ error });
/** The same text to every JSON reader, not to one who searches bytes. */
const escapedText = echoText.replaceAll(upstreamKey, upstreamKey.replaceAll('-', '\\u002d'));

const refuse = ({ argument, say }: FaultCall) => say(replyOf(echoText, { status: `${argument} Refused` }));
const escaped = ({ argument, say }: FaultCall) =>
  say(replyOf(escapedText, { status: `${argument} Refused` }));
const bare = ({ argument, say }: FaultCall) => say(replyOf('', { status: `${argument} Refused` }));
const page = ({ argument, say }: FaultCall) =>
  say(replyOf(`<h1>nginx ${upstreamKey}</h1>`, { status: `${argument} Refused`, type: 'html' }));
const other = ({ argument, say }: FaultCall) =>
  say(replyOf(JSON.stringify({ detail: [words, upstreamKey] }), { status: `${argument} Refused` }));
const silent = ({ argument, say }: FaultCall) =>
  say(`${headOf({ status: `${argument} Refused`, headers: ['Content-Length: 500'] })}{"error":{"mess`);
const endless = async ({ argument, say, socket }: FaultCall) => {
  await say(chunkedHead({ status: `${argument} Refused` }));
  const piece = chunkFrame('e'.repeat(1 << 20));
  for (let i = 0; i < 100 && socket.writable; i += 1)
    if (!socket.write(piece))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
};

const passedOn = [400, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529];
const plays = { refuse, escaped, bare, page, other, silent, endless };

const timeouts = { connectMs: 400, firstByteMs: 700, idleMs: 700 };
const refusals = (stage: () => ChaosStage) => {
  for (const stream of [false, true]) {
    const how = stream ? 'streamed' : 'whole';
    test.each(passedOn)(`%i is passed on with its words, ${how}`, async (status) => {
      const reply = await stage().chat(`refuse.${status}`, { stream });
      expect({ status: reply.status, isStream: reply.isStream }).toEqual({ status, isStream: false });
      expect(reply.error).toMatchObject({ type: error.type, param: error.param, code: error.code });
      expect(reply.error?.message).toStartWith(words);
    });
    test.each([401])(`%i becomes the gateway's own, ${how}`, async (status) => {
      const reply = await stage().chat(`refuse.${status}`, { stream });
      expect(reply).toMatchObject({ status: 502, error: { code: 'upstream_auth_failed' } });
      expect(reply.text).not.toContain(upstreamKey);
    });
    for (const scenario of ['escaped', 'bare', 'page', 'other', 'silent', 'endless'])
      test.each([400, 429, 500])(`%i ${scenario} has OpenAI's shape, ${how}`, async (status) => {
        const reply = await stage().chat(`${scenario}.${status}`, { stream });
        expect(reply.error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
        expect(JSON.stringify(JSON.parse(reply.text))).not.toContain(upstreamKey);
        expect(reply.text).not.toContain('<h1>');
        // What never ends may as well be reported as what it is.
        const allowed = ['silent', 'endless'].includes(scenario) ? [status, 502, 504] : [status];
        expect(allowed).toContain(reply.status);
      });
  }
};
eachChaosMode('a refusal', plays, refusals, { timeouts });

const inStream: Scenario[] = [
  {
    name: 'error-in-a-reply-of-200',
    play: ({ say }) => say(replyOf(errorText(words, 'overloaded'))),
    unary: tells(words),
    stream: tells(words, 'maybe'),
  },
  {
    name: 'error-as-the-first-event',
    play: ({ say }) => say(streamOf(eventOf(errorText(words, 'overloaded')))),
    stream: tells(words, 'maybe'),
  },
  ...[errorText(words, 'overloaded'), echoText, escapedText].map((text, i) => ({
    name: `error-within-the-stream-${i}`,
    play: async ({ say }: FaultCall) => {
      await say(chunkedHead({ type: 'stream' }) + chunkFrame(opening));
      await say(chunkFrame(eventOf(text)) + lastChunk);
    },
    stream: tells(words, 'always'),
  })),
];

faultSuite('a refusal under status 200', inStream);

eachChaosMode('an error event', { named: namedError }, (stage) => {
  test('with an event name is an error too', async () => {
    expectOutcome(await stage().chat('named', { stream: true }), tells(words, 'maybe'));
  });
});

function namedError({ say }: FaultCall): unknown {
  return say(streamOf(`event: error\n${eventOf(errorText(words, 'overloaded'))}`));
}
