/** The body of a reply: read whole or in pieces, inflated where coded, and never beyond its cap. */
import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { chunkedHead, chunkOf, endChunked, failureOf, readAll, replyOf, startLoopback } from './loopback.ts';

const loopback = await startLoopback();
afterAll(() => loopback.stop());
afterEach(() => expect(loopback.wheel.size).toBe(0));

const text = '{"text":"é漢😀 and more"}';
/** A piece without a byte would end the body. */
const chunked = (...bodies: (string | Uint8Array)[]) => {
  const pieces = bodies.filter((body) => body.length > 0).map(chunkOf);
  return Buffer.concat([Buffer.from(chunkedHead), ...pieces, Buffer.from(endChunked)]);
};
const answer = (bytes: Uint8Array) => {
  loopback.play = ({ socket }) => socket.write(bytes);
};

const codings: [string, Uint8Array][] = [
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['GZIP', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['br', brotliCompressSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['identity', Buffer.from(text)],
];

test('a body comes as it was sent, with its length announced or without', async () => {
  for (const body of [text, '', 'x'.repeat(200_000)])
    for (const bytes of [replyOf(body), chunked(body)]) {
      answer(bytes);
      expect(await readAll(loopback.exchange())).toBe(body);
    }
});

test('characters cut between pieces come whole', async () => {
  const bytes = Buffer.from(text);
  answer(chunked(...[...bytes].map((byte) => Uint8Array.of(byte))));
  expect(await readAll(loopback.exchange())).toBe(text);
});

describe.each(codings)('a body coded as %s', (coding, bytes) => {
  test('is inflated, although it was not asked for', async () => {
    answer(replyOf(bytes, { 'Content-Encoding': coding }));
    expect(await readAll(loopback.exchange())).toBe(text);
  });
});

test.each(['rot13', 'compress', 'gzip, gzip', 'constructor', '__proto__'])(
  'the coding %s is refused',
  async (coding) => {
    answer(replyOf(text, { 'Content-Encoding': coding }));
    const failure = await failureOf(readAll(loopback.exchange()));
    expect(failure.code).toBe('upstream_malformed');
  },
);

test.each(['gzip', 'br', 'zstd', 'deflate'])('a body that is no %s is malformed', async (coding) => {
  answer(replyOf('not coded at all', { 'Content-Encoding': coding }));
  expect((await failureOf(readAll(loopback.exchange()))).code).toBe('upstream_malformed');
});

describe('the cap', () => {
  const limits = { maxReplyBytes: 10_000 };

  test.each([
    ['announced', (size: number) => replyOf('x'.repeat(size))],
    ['of unknown length', (size: number) => chunked('x'.repeat(size - 5000), 'x'.repeat(5000))],
    ['coded', (size: number) => replyOf(gzipSync('x'.repeat(size)), { 'Content-Encoding': 'gzip' })],
  ])('holds for a body %s', async (_how, bytesOf) => {
    answer(bytesOf(10_000));
    expect(await readAll(loopback.exchange(limits))).toHaveLength(10_000);
    answer(bytesOf(10_001));
    expect((await failureOf(readAll(loopback.exchange(limits)))).code).toBe('upstream_too_large');
  });

  test('stops a body that inflates without end, and hangs up', async () => {
    const before = loopback.upstream.open();
    answer(replyOf(gzipSync(Buffer.alloc(50 << 20)), { 'Content-Encoding': 'gzip' }));
    expect((await failureOf(readAll(loopback.exchange(limits)))).code).toBe('upstream_too_large');
    await eventually(() => loopback.upstream.open() <= before, 'the connection is given back');
  });
});

test.each([
  ['a stray byte', Buffer.from([0x7b, 0xff, 0x7d])],
  ['a cut character', Buffer.from('{"a":"😀"}').subarray(0, 8)],
  ['a character cut before the end', Buffer.from([0x61, 0xe2, 0x82, 0x62])],
])('%s is not UTF-8, with its length announced or without', async (_what, body) => {
  for (const bytes of [replyOf(body), chunked(body)]) {
    answer(bytes);
    expect((await failureOf(readAll(loopback.exchange()))).code).toBe('upstream_malformed');
  }
});

test.each([
  ['an announced length', replyOf(text).subarray(0, -4)],
  ['a chunk', Buffer.from(`${chunkedHead}ff\r\nshort`)],
  ['the last chunk', Buffer.concat([Buffer.from(chunkedHead), chunkOf(text)])],
])('a connection that ends before %s leaves the reply incomplete', async (_what, bytes) => {
  loopback.play = ({ socket }) => socket.end(bytes);
  expect((await failureOf(readAll(loopback.exchange()))).code).toBe('upstream_incomplete');
});

test('a body is read piece by piece, then undefined', async () => {
  answer(chunked('one', 'two'));
  const exchange = loopback.exchange();
  await exchange.open();
  let read = '';
  for (let chunk = await exchange.readChunk(); chunk !== undefined; chunk = await exchange.readChunk())
    read += Buffer.from(chunk).toString();
  expect(read).toBe('onetwo');
});
