/** Replies that arrive whole but are not what the API promises: bad UTF-8, bad JSON, HTML, nothing, too much. */
import { answers, defined, fails } from './expectation.ts';
import { faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall, Play } from './fault-upstream.ts';
import {
  chunkedHead,
  chunkFrame,
  closing,
  completion,
  completionText,
  content,
  deltaOf,
  done,
  eventOf,
  lastChunk,
  opening,
  replyOf,
  streamOf,
  wholeStream,
} from './script.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const badUtf8 = '\xff\xfe';

/** One reply for a whole call, another for a streamed one. */
const reply =
  (whole: string, streamed: string): Play =>
  ({ stream, say }: FaultCall) =>
    say(stream ? streamed : whole);

/** Good events first, apart from the bad ones, so that the client has them. */
const afterOpening =
  (more: string | Uint8Array): Play =>
  async ({ say }) => {
    await say(chunkedHead({ type: 'stream' }) + chunkFrame(opening));
    const body = Buffer.from(more);
    await say(
      Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from(`\r\n${lastChunk}`)]),
    );
  };

const malformed = fails('upstream_malformed');
const malformedLater = fails('upstream_malformed', 'always');
const megabytes = (count: number) => 'm'.repeat(count << 20);
const withContent = (text: string) =>
  JSON.stringify({
    ...completion,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  });
const streamWith = (text: string) => opening + eventOf(deltaOf(text)) + closing + eventOf(done);

const scenarios: Scenario[] = [
  {
    name: 'bad-utf8',
    play: ({ say }) => say(bytesOf(`${replyOf('').replace('Length: 0', 'Length: 11')}{"id":"${badUtf8}"}`)),
    unary: malformed,
  },
  {
    name: 'bad-utf8-event',
    play: afterOpening(bytesOf(`data: {"id":"${badUtf8}","choices":[]}\n\n`)),
    stream: malformedLater,
  },
  { name: 'bad-json', play: reply(replyOf('{"id":"chat'), ''), unary: malformed },
  { name: 'bad-json-event', play: afterOpening(eventOf('{"id":"chat') + closing), stream: malformedLater },
  {
    name: 'bad-json-first-event',
    play: reply('', streamOf(eventOf('{"id":"chat') + wholeStream)),
    stream: fails('upstream_malformed', 'maybe'),
  },
  ...['42', 'null', '[]', '"text"'].map((json, i) => ({
    name: `other-json-${i}`,
    play: (call: FaultCall) =>
      call.stream ? afterOpening(eventOf(json) + closing)(call) : call.say(replyOf(json)),
    unary: malformed,
    stream: malformedLater,
  })),
  {
    name: 'html',
    play: ({ say }) => say(replyOf('<!doctype html><h1>Welcome</h1>', { type: 'html' })),
    unary: malformed,
    stream: fails('upstream_malformed', 'maybe'),
  },
  {
    name: 'html-under-a-false-type',
    play: reply(replyOf('<h1>Welcome</h1>'), streamOf('<h1>Welcome</h1>\n\n')),
    unary: malformed,
    stream: fails(['upstream_malformed', 'upstream_incomplete'], 'maybe'),
  },
  {
    name: 'empty',
    play: reply(replyOf(''), streamOf('')),
    unary: fails(['upstream_malformed', 'upstream_incomplete']),
    stream: fails(['upstream_malformed', 'upstream_incomplete'], 'maybe'),
  },
  {
    name: 'whole-reply-to-a-streamed-call',
    play: reply('', replyOf(completionText)),
    stream: defined,
  },
  { name: 'stream-to-a-whole-call', play: reply(streamOf(wholeStream), ''), unary: malformed },
  {
    name: 'ten-megabytes',
    play: reply(replyOf(withContent(content + megabytes(10))), streamOf(streamWith(megabytes(10)))),
    unary: answers(content + megabytes(10)),
    stream: answers(content.slice(0, 9) + megabytes(10) + content.slice(9)),
  },
  {
    name: 'too-many-megabytes',
    play: (call) =>
      call.stream
        ? afterOpening(eventOf(deltaOf(megabytes(20))))(call)
        : call.say(replyOf(withContent(megabytes(40)))),
    unary: fails('upstream_too_large'),
    stream: fails('upstream_too_large', 'always'),
  },
  {
    name: 'an-event-without-end',
    play: async ({ socket, say }) => {
      await say(chunkedHead({ type: 'stream' }) + chunkFrame(`${opening}data: `));
      const piece = chunkFrame(megabytes(1));
      for (let i = 0; i < 40 && socket.writable; i += 1) await say(piece);
    },
    stream: fails('upstream_too_large', 'always'),
  },
  {
    name: 'prototype-keys',
    play: ({ say }) =>
      say(replyOf(completionText.replace('{', '{"__proto__":{"choices":[]},"constructor":1,'))),
    unary: answers(content),
  },
  ...[
    '"choices":null',
    '"choices":[null]',
    '"choices":[{"index":"x","message":null,"delta":null}]',
    '"choices":[],"usage":"many"',
    '"choices":[],"usage":{"prompt_tokens":-1,"completion_tokens":1e999,"total_tokens":null}',
    `"choices":[],"deep":${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  ].map((fields, i) => ({
    name: `odd-shape-${i}`,
    play: reply(
      replyOf(`{"id":"odd","object":"chat.completion",${fields}}`),
      streamOf(eventOf(`{"id":"odd","object":"chat.completion.chunk",${fields}}`) + wholeStream),
    ),
    unary: defined,
    stream: defined,
  })),
];

faultSuite('a reply whose content fails', scenarios);
