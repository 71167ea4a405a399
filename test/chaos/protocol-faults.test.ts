/** Statuses, headers and encodings a client of an API does not expect. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { createGzip, gzipSync } from 'node:zlib';
import { answers, expectOutcome, fails } from './expectation.ts';
import { eachChaosMode, faultSuite, type Scenario } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import {
  chunkedHead,
  completionText,
  content,
  headOf,
  opening,
  replyOf,
  streamOf,
  wholeStream,
} from './script.ts';

const good = { unary: answers(content), stream: answers(content) };
const malformed = { unary: fails('upstream_malformed'), stream: fails('upstream_malformed') };

const replyWith =
  (headers: string[]) =>
  ({ stream, say }: FaultCall) =>
    say(
      (stream ? streamOf(wholeStream) : replyOf(completionText)).replace(
        '\r\n',
        `\r\n${headers.map((line) => `${line}\r\n`).join('')}`,
      ),
    );
const bodyFor = ({ stream }: FaultCall) => (stream ? wholeStream : completionText);
const typeFor = ({ stream }: FaultCall) => ({ type: stream ? 'stream' : 'json' }) as const;

const scenarios: Scenario[] = [
  ...['099 Odd', '600 Odd', '999 Odd', '1000 Odd', '204 No Content', '101 Switching Protocols'].map(
    (status) => ({
      name: `status-${status.slice(0, 4).trim()}`,
      play: (call: FaultCall) => call.say(replyOf(bodyFor(call), { status, ...typeFor(call) })),
      ...malformed,
    }),
  ),
  {
    name: 'status-304',
    play: ({ say }) => say('HTTP/1.1 304 Not Modified\r\n\r\n'),
    unary: fails(['upstream_redirect', 'upstream_malformed']),
    stream: fails(['upstream_redirect', 'upstream_malformed']),
  },
  {
    name: 'status-100-and-103-first',
    play: async (call) => {
      await call.say('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
      await replyWith([])(call);
    },
    ...good,
  },
  { name: 'another-protocol', play: ({ say }) => say('SSH-2.0-OpenSSH_9.9\r\n'), ...malformed },
  { name: 'header-of-64-kilobytes', play: replyWith([`X-Filler: ${'f'.repeat(65_536)}`]), ...good },
  {
    name: 'three-hundred-headers',
    play: replyWith(Array.from({ length: 300 }, (_, i) => `X-Filler-${i}: f`)),
    ...malformed,
  },
  {
    name: 'gzip-nobody-asked-for',
    play: async (call) => {
      const bytes = gzipSync(bodyFor(call));
      const headers = ['Content-Encoding: gzip', `Content-Length: ${bytes.length}`];
      await call.say(Buffer.concat([Buffer.from(headOf({ ...typeFor(call), headers })), bytes]));
    },
    ...good,
  },
  {
    name: 'gzip-that-is-none',
    play: (call) =>
      call.say(replyOf(bodyFor(call), { ...typeFor(call), headers: ['Content-Encoding: gzip'] })),
    unary: fails('upstream_malformed'),
    stream: fails('upstream_malformed', 'maybe'),
  },
];

faultSuite('a reply whose protocol fails', scenarios);

const bombBytes = 200 << 20;
/** Written once: 200 megabytes of one JSON string, in about 200 kilobytes. */
async function makeBomb(before: string): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const parts: Buffer[] = [];
  gzip.on('data', (part: Buffer) => parts.push(part));
  gzip.write(before);
  const piece = Buffer.alloc(1 << 20, 'b');
  for (let sent = 0; sent < bombBytes; sent += piece.length) gzip.write(piece);
  const ended = new Promise((resolve) => gzip.once('end', resolve));
  gzip.end('"}');
  await ended;
  return Buffer.concat(parts);
}
const bombs = { json: await makeBomb('{"id":"'), stream: await makeBomb(`${opening}data: {"id":"`) };

/** The most memory the process has ever held, in bytes. */
function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

const bomb = async ({ stream, say }: FaultCall) => {
  const bytes = stream ? bombs.stream : bombs.json;
  const headers = ['Content-Encoding: gzip', `Content-Length: ${bytes.length}`];
  await say(Buffer.concat([Buffer.from(headOf({ type: stream ? 'stream' : 'json', headers })), bytes]));
};

eachChaosMode('a gzip bomb', { bomb }, (stage) => {
  test.each([false, true])('is never inflated in full, streamed %p', async (stream) => {
    const before = peakBytes(stage().gateway.pid);
    const reply = await stage().chat('bomb', { stream });
    expectOutcome(reply, fails('upstream_too_large', stream ? 'maybe' : 'never'));
    expect(peakBytes(stage().gateway.pid) - before).toBeLessThan(bombBytes);
  });
});

const statuses = [300, 301, 302, 303, 307, 308];

/** The stranger's address travels in the model's name, port last. */
const redirect = ({ argument, say }: FaultCall) => {
  const [status, port] = argument.split('-');
  const location = port === 'none' ? [] : [`Location: http://127.0.0.1:${port}/v1/chat/completions`];
  return say(chunkedHead({ status: `${status} Moved`, headers: location }).concat('0\r\n\r\n'));
};

eachChaosMode('a redirect to a stranger', { redirect }, (stage) => {
  for (const status of statuses)
    for (const stream of [false, true])
      test(`by ${status}, ${stream ? 'streamed' : 'whole'}, is neither followed nor passed on`, async () => {
        for (const port of [stage().stranger.port, 'none']) {
          const reply = await stage().chat(`redirect.${status}-${port}`, { stream });
          expectOutcome(reply, fails('upstream_redirect'));
          expect(reply.headers.has('location')).toBe(false);
          expect(reply.text).not.toContain('127.0.0.1');
        }
        expect(stage().stranger.accepted()).toBe(0);
      });
});
