/** Each deadline of an exchange: what it is called when it runs out, what postpones it, and that nothing is left over. */
import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { type FetchLike, fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/gateway.ts';
import { chunkedHead, chunkOf, endChunked, failureOf, readAll, replyOf, startLoopback } from './loopback.ts';

const loopback = await startLoopback();
afterAll(() => loopback.stop());
afterEach(() => expect(loopback.wheel.size).toBe(0));

/** A connection that is never made: it ends only when it is given up. */
const silent: FetchLike = (_url, { signal }) =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

describe('before the first byte', () => {
  test('an upstream that accepts and says nothing', async () => {
    loopback.play = () => {};
    const failure = await failureOf(loopback.exchange({ connectMs: 30, firstByteMs: 120 }).open());
    expect([failure.code, failure.message]).toEqual([
      'upstream_timeout',
      "The provider 'p' sent nothing within 120 ms.",
    ]);
  });

  test('one deadline for both, where connecting may take as long', async () => {
    loopback.play = () => {};
    const failure = await failureOf(loopback.exchange({ connectMs: 100, firstByteMs: 100 }).open());
    expect(failure.message).toContain('sent nothing within 100 ms');
  });

  test('an upstream that does not accept', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const exchange = loopback.exchange({ connectMs: 30 }, { transport: fetchTransport(silent), url });
    const failure = await failureOf(exchange.open());
    expect([failure.code, failure.message]).toEqual([
      'upstream_timeout',
      "The provider 'p' did not accept a connection within 30 ms.",
    ]);
  });

  test('an upstream that thinks longer than it may take to connect is waited for', async () => {
    loopback.play = ({ socket }) => void setTimeout(() => socket.write(replyOf('late')), 400);
    expect(await readAll(loopback.exchange({ connectMs: 30 }))).toBe('late');
  });
});

describe('after the first byte', () => {
  test.each([
    ['a body of unknown length', chunkedHead + chunkOf('begin').toString()],
    ['a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbegin'],
    ['a body without a byte', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n'],
    ['a coded body', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 50\r\n\r\n'],
  ])('silence in %s', async (_what, begin) => {
    loopback.play = ({ socket }) => void socket.write(begin);
    const failure = await failureOf(readAll(loopback.exchange({ idleMs: 100 })));
    expect([failure.code, failure.message]).toEqual([
      'upstream_timeout',
      "The provider 'p' fell silent for 100 ms.",
    ]);
    await eventually(() => loopback.upstream.open() === 0, 'the connection is closed');
  });

  test('a body that trickles is waited for, however long it takes', async () => {
    loopback.play = ({ socket }) => {
      socket.write(chunkedHead);
      let sent = 0;
      const trickle = setInterval(() => {
        socket.write(sent++ < 8 ? chunkOf('x') : endChunked);
        if (sent > 8) clearInterval(trickle);
      }, 60);
    };
    expect(await readAll(loopback.exchange({ idleMs: 400 }))).toBe('xxxxxxxx');
  });

  test('while the exchange is paused, silence does not count', async () => {
    loopback.play = ({ socket }) => {
      socket.write(chunkedHead);
      setTimeout(() => socket.write(Buffer.concat([chunkOf('x'), Buffer.from(endChunked)])), 500);
    };
    const exchange = loopback.exchange({ idleMs: 100 });
    await exchange.open();
    exchange.pause();
    await Bun.sleep(300);
    expect(loopback.wheel.size).toBe(0);
    const reading = exchange.readText();
    await Bun.sleep(300);
    exchange.resume();
    expect(await reading).toBe('x');
    exchange.resume();
  });
});
