/** Replies that end early, or whose length is not what they say it is. */
import { answers, fails } from './expectation.ts';
import { faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import {
  chunkedHead,
  chunkFrame,
  completionText,
  content,
  headOf,
  lastChunk,
  opening,
  replyOf,
  wholeStream,
} from './script.ts';

const halfJson = completionText.slice(0, 60);
const halfEvent = 'data: {"id":"chatcmpl-chaos1","obj';
const half = ({ stream }: FaultCall) => (stream ? opening + halfEvent : halfJson);
const whole = ({ stream }: FaultCall) => (stream ? wholeStream : completionText);
const typeOf = ({ stream }: FaultCall) => ({ type: stream ? 'stream' : 'json' }) as const;

/** A reply that a careless reader of the surplus would give to the next call. */
const smuggled = replyOf(completionText.replace(JSON.stringify(content), '"smuggled"'));

const told = (call: FaultCall, length: number) =>
  headOf({ ...typeOf(call), headers: [`Content-Length: ${length}`] });

/** Says one thing, a moment later another, then closes. */
async function sayAndClose({ say, socket }: FaultCall, ...parts: string[]): Promise<void> {
  for (const part of parts) await say(part);
  socket.end();
}

const incomplete = { unary: fails('upstream_incomplete'), stream: fails('upstream_incomplete', 'always') };
// Without a length only the JSON itself can tell that something is missing.
const cut = {
  unary: fails(['upstream_incomplete', 'upstream_malformed']),
  stream: fails('upstream_incomplete', 'always'),
};
const good = { unary: answers(content), stream: answers(content) };

const scenarios: Scenario[] = [
  {
    name: 'closes-within-content-length',
    play: (call) => sayAndClose(call, told(call, 5_000) + half(call)),
    ...incomplete,
  },
  {
    name: 'closes-within-a-chunk',
    play: (call) => sayAndClose(call, chunkedHead(typeOf(call)) + chunkFrame(half(call)), 'ff\r\ndata: {'),
    ...incomplete,
  },
  {
    name: 'closes-between-chunks',
    play: (call) => sayAndClose(call, chunkedHead(typeOf(call)) + chunkFrame(half(call))),
    ...incomplete,
  },
  {
    name: 'ends-properly-in-the-middle',
    play: (call) => sayAndClose(call, chunkedHead(typeOf(call)) + chunkFrame(half(call)), lastChunk),
    ...cut,
  },
  {
    name: 'closes-a-body-without-length-in-the-middle',
    play: (call) => sayAndClose(call, headOf(typeOf(call)) + half(call)),
    ...cut,
  },
  {
    name: 'closes-a-whole-body-without-length',
    play: (call) => sayAndClose(call, headOf(typeOf(call)) + whole(call)),
    ...good,
  },
  {
    name: 'tells-a-length-too-long',
    play: (call) => sayAndClose(call, told(call, Buffer.byteLength(whole(call)) + 100) + whole(call)),
    unary: fails('upstream_incomplete'),
    // Its [DONE] has been seen: nothing is missing.
    stream: answers(content),
  },
  {
    name: 'tells-a-length-too-short',
    play: (call) => sayAndClose(call, told(call, Buffer.byteLength(half(call))) + whole(call)),
    ...cut,
  },
  {
    name: 'sends-a-second-reply-after-the-first',
    play: (call) => call.say(told(call, Buffer.byteLength(whole(call))) + whole(call) + smuggled),
    ...good,
  },
  {
    name: 'tells-two-lengths',
    play: (call) =>
      call.say(
        headOf({ ...typeOf(call), headers: ['Content-Length: 9', 'Content-Length: 12'] }) + whole(call),
      ),
    unary: fails('upstream_malformed'),
    stream: fails('upstream_malformed'),
  },
  {
    name: 'tells-a-length-that-is-no-number',
    play: (call) => call.say(headOf({ ...typeOf(call), headers: ['Content-Length: many'] }) + whole(call)),
    unary: fails('upstream_malformed'),
    stream: fails('upstream_malformed'),
  },
  {
    name: 'sends-a-chunk-size-that-is-no-number',
    play: (call) => sayAndClose(call, chunkedHead(typeOf(call)) + chunkFrame(half(call)), 'zz\r\nmore\r\n'),
    unary: fails('upstream_malformed'),
    stream: fails('upstream_malformed', 'always'),
  },
];

faultSuite('a reply whose framing fails', scenarios);
