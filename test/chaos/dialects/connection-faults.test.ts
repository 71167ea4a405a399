/** Upstreams of every wire format that refuse, fall silent, reset, trickle, break off or lie about their length. */
import { answers, defined, fails } from '../expectation.ts';
import type { FaultCall } from '../fault-upstream.ts';
import { content } from '../script.ts';
import { beginStream } from './begin-stream.ts';
import { type DialectFault, dialectFaults } from './dialect-suite.ts';
import {
  type Bytes,
  chunked,
  chunkOf,
  headOf,
  lastChunk,
  openingOf,
  restOf,
  scripts,
  streamOf,
  wholeReply,
} from './wire-script.ts';

const bodyOf = ({ format, stream }: FaultCall): Bytes =>
  stream ? streamOf(scripts[format]) : Buffer.from(scripts[format].whole);
const headFor = ({ format, stream }: FaultCall, header = chunked) => headOf(format, stream, [header]);
const halfBytes = 60;

const begin = (call: FaultCall) => (call.stream ? beginStream(call) : beginWhole(call));

const beginWhole = (call: FaultCall) =>
  call.say(`${headFor(call, 'Content-Length: 900')}${scripts[call.format].whole.slice(0, halfBytes)}`);

const beginOneMore = async (call: FaultCall, length = 21) => {
  await begin(call);
  await call.say(chunkOf(restOf(scripts[call.format]).subarray(0, length)));
};

/** As far as the second byte of a character of three, which stands in the second event of text or the first. */
const withinCharacter = async (call: FaultCall) => {
  const rest = restOf(scripts[call.format]);
  await beginOneMore(call, Buffer.from(rest).indexOf('世') + 1);
  await call.say(lastChunk);
};

/** All but so many events from the end, then a proper end. */
const without =
  (count: (call: FaultCall) => number) =>
  async (call: FaultCall): Promise<void> => {
    await begin(call);
    const { events, openingCount } = scripts[call.format];
    const rest = Buffer.concat(events.slice(openingCount, events.length - count(call)));
    await call.say(rest.length === 0 ? lastChunk : Buffer.concat([chunkOf(rest), Buffer.from(lastChunk)]));
  };

const timesOut = { unary: fails('upstream_timeout'), stream: fails('upstream_timeout') };
const unreachable = { unary: fails('upstream_unreachable'), stream: fails('upstream_unreachable') };
const incomplete = fails('upstream_incomplete', 'always');
const good = { unary: answers(content), stream: answers(content) };
/** Where only the JSON can tell that something is missing. */
const cut = fails(['upstream_incomplete', 'upstream_malformed']);

const told = async (call: FaultCall, length: number, body: Bytes) => {
  await call.say(Buffer.concat([Buffer.from(headFor(call, `Content-Length: ${length}`)), body]));
  call.socket.end();
};
const half = (call: FaultCall) =>
  call.stream ? openingOf(scripts[call.format]) : bodyOf(call).subarray(0, halfBytes);

const faults: DialectFault[] = [
  { name: 'refusing', ...unreachable },
  { name: 'black-hole', play: () => {}, ...timesOut },
  {
    name: 'silent-within-head',
    play: ({ say }) => say('HTTP/1.1 200 OK\r\nContent-Type: appl'),
    ...timesOut,
  },
  { name: 'silent-after-head', play: (call) => call.say(headFor(call)), ...timesOut },
  {
    name: 'silent-within-body',
    play: begin,
    unary: fails('upstream_timeout'),
    stream: fails('upstream_timeout', 'always'),
  },
  {
    name: 'silent-within-event',
    play: (call) => beginOneMore(call),
    stream: fails('upstream_timeout', 'always'),
  },
  { name: 'closes-before-head', play: ({ socket }) => socket.end(), ...unreachable },
  { name: 'resets-before-head', play: ({ socket }) => socket.resetAndDestroy(), ...unreachable },
  {
    name: 'resets-after-head',
    play: async (call) => {
      await call.say(headFor(call));
      call.socket.resetAndDestroy();
    },
    unary: fails('upstream_incomplete'),
    stream: fails('upstream_incomplete'),
  },
  {
    name: 'resets-within-body',
    play: async (call) => {
      await begin(call);
      call.socket.resetAndDestroy();
    },
    unary: fails('upstream_incomplete'),
    stream: incomplete,
  },
  {
    name: 'resets-within-event',
    play: async (call) => {
      await beginOneMore(call);
      call.socket.resetAndDestroy();
    },
    stream: incomplete,
  },
  {
    name: 'ends-within-event',
    play: async (call) => {
      await beginOneMore(call);
      await call.say(lastChunk);
    },
    stream: incomplete,
  },
  { name: 'ends-within-character', play: withinCharacter, stream: incomplete },
  {
    name: 'ends-within-first-bytes',
    play: (call) => told(call, 3, bodyOf(call).subarray(0, 3)),
    unary: cut,
    stream: cut,
  },
  { name: 'ends-unfinished', play: without(({ format }) => scripts[format].finishCount), stream: incomplete },
  {
    name: 'ends-unterminated',
    play: without(({ format }) => scripts[format].afterFinish),
    stream: answers(content),
  },
  {
    name: 'trickles-a-byte-at-a-time',
    play: async ({ format, stream, socket }) => {
      for (const byte of wholeReply(format, stream)) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    ...good,
  },
  {
    // Longer than a heartbeat, shorter than the deadline.
    name: 'pauses-and-goes-on',
    play: async (call) => {
      await begin(call);
      await Bun.sleep(650);
      await call.say(Buffer.concat([chunkOf(restOf(scripts[call.format])), Buffer.from(lastChunk)]));
    },
    stream: answers(content),
  },
  {
    name: 'closes-a-whole-body-without-length',
    play: async (call) => {
      await call.say(headFor(call, 'X-Length: none'));
      await call.say(bodyOf(call));
      call.socket.end();
    },
    ...good,
  },
  {
    name: 'tells-a-length-too-long',
    play: (call) => told(call, bodyOf(call).length + 100, bodyOf(call)),
    unary: fails('upstream_incomplete'),
    // Where the stream says itself that it is over, nothing is missing.
    stream: (format) => (scripts[format].hasTerminal ? answers(content) : defined),
  },
  {
    name: 'tells-a-length-too-short',
    play: (call) => told(call, half(call).length, bodyOf(call)),
    unary: cut,
    stream: incomplete,
  },
  {
    name: 'tells-a-length-that-is-no-number',
    play: (call) =>
      call.say(Buffer.concat([Buffer.from(headFor(call, 'Content-Length: many')), bodyOf(call)])),
    unary: fails('upstream_malformed'),
    stream: fails('upstream_malformed'),
  },
];

dialectFaults('a connection that fails', faults);
