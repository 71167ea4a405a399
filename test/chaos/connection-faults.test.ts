/** Upstreams that refuse, fall silent, reset or trickle. */
import { describe, expect, test } from 'bun:test';
import { answers, expectOutcome, fails } from './expectation.ts';
import { eachChaosMode, faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import {
  chunkedHead,
  chunkFrame,
  completionText,
  content,
  headOf,
  opening,
  replyOf,
  streamOf,
  wholeStream,
} from './script.ts';

const unfinishedHead = 'HTTP/1.1 200 OK\r\nContent-Type: appl';
const jsonHead = headOf({ headers: [`Content-Length: ${completionText.length}`] });
const streamHead = chunkedHead({ type: 'stream' });

/** The head and as much of the body as a client can already use. */
const begin = ({ stream, say }: FaultCall) =>
  say(stream ? streamHead + chunkFrame(opening) : jsonHead + completionText.slice(0, 40));

const scenarios: Scenario[] = [
  {
    name: 'black-hole',
    play: () => {},
    unary: fails('upstream_timeout'),
    stream: fails('upstream_timeout', 'maybe'),
  },
  {
    name: 'silent-within-head',
    play: ({ say }) => say(unfinishedHead),
    unary: fails('upstream_timeout'),
    stream: fails('upstream_timeout', 'maybe'),
  },
  {
    name: 'silent-after-head',
    play: ({ stream, say }) => say(stream ? streamHead : jsonHead),
    unary: fails('upstream_timeout'),
    stream: fails('upstream_timeout', 'maybe'),
  },
  {
    name: 'silent-within-body',
    play: begin,
    unary: fails('upstream_timeout'),
    stream: fails('upstream_timeout', 'always'),
  },
  {
    name: 'silent-within-event',
    play: async (call) => {
      await begin(call);
      await call.say(chunkFrame('data: {"id":"chatc'));
    },
    stream: fails('upstream_timeout', 'always'),
  },
  {
    name: 'closes-before-head',
    play: ({ socket }) => socket.end(),
    unary: fails('upstream_unreachable'),
    stream: fails('upstream_unreachable'),
  },
  {
    name: 'closes-within-head',
    play: ({ socket }) => socket.end(unfinishedHead),
    unary: fails(['upstream_unreachable', 'upstream_incomplete']),
    stream: fails(['upstream_unreachable', 'upstream_incomplete']),
  },
  {
    name: 'resets-before-head',
    play: ({ socket }) => socket.resetAndDestroy(),
    unary: fails('upstream_unreachable'),
    stream: fails('upstream_unreachable'),
  },
  {
    name: 'resets-after-head',
    play: async ({ stream, say, socket }) => {
      await say(stream ? streamHead : jsonHead);
      socket.resetAndDestroy();
    },
    unary: fails('upstream_incomplete'),
    stream: fails('upstream_incomplete', 'maybe'),
  },
  {
    name: 'resets-within-body',
    play: async (call) => {
      await begin(call);
      call.socket.resetAndDestroy();
    },
    unary: fails('upstream_incomplete'),
    stream: fails('upstream_incomplete', 'always'),
  },
  {
    name: 'resets-within-event',
    play: async (call) => {
      await begin(call);
      await call.say(chunkFrame('data: {"id":"chatc'));
      call.socket.resetAndDestroy();
    },
    stream: fails('upstream_incomplete', 'always'),
  },
  {
    name: 'trickles-a-byte-at-a-time',
    play: async ({ stream, socket }) => {
      const bytes = Buffer.from(stream ? streamOf(wholeStream) : replyOf(completionText));
      for (const byte of bytes) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    unary: answers(content),
    stream: answers(content),
  },
];

faultSuite('a connection that fails', scenarios, {
  timeouts: { connectMs: 400, firstByteMs: 700, idleMs: 700 },
});

describe('a silent stream', () => {
  eachChaosMode('kept alive', { late: lateStream }, (stage) => {
    test('carries comments until the events come', async () => {
      const reply = await stage().chat('late', { stream: true });
      expectOutcome(reply, answers(content));
      const [, silence = ''] = reply.text.split('"content":"Grüße');
      expect(silence).toMatch(/^:/m);
    });
  });
});

async function lateStream({ say }: FaultCall): Promise<void> {
  await say(streamHead + chunkFrame(opening));
  await Bun.sleep(1_000);
  await say(`${chunkFrame(wholeStream.slice(opening.length))}0\r\n\r\n`);
}
