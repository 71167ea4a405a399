/** What an upstream that cannot be reached, or does not speak HTTP, is called; and that closing is always safe. */
import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { type FetchLike, fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/gateway.ts';
import { chunkedHead, chunkOf, failureOf, readAll, replyOf, startLoopback } from './loopback.ts';

const loopback = await startLoopback();
afterAll(() => loopback.stop());
afterEach(() => expect(loopback.wheel.size).toBe(0));

describe('an upstream that cannot be reached', () => {
  test('refuses', async () => {
    const failure = await failureOf(
      loopback.exchange({}, { url: `http://127.0.0.1:${await freePort()}/` }).open(),
    );
    expect(failure.code).toBe('upstream_unreachable');
  });

  test('has an unknown name', async () => {
    const failure = await failureOf(loopback.exchange({}, { url: 'http://nowhere.invalid/' }).open());
    expect(failure.code).toBe('upstream_unreachable');
  });

  test('hangs up without a word', async () => {
    loopback.play = ({ socket }) => socket.destroy();
    const failure = await failureOf(loopback.exchange({}, { method: 'POST' }).open());
    expect(failure.code).toBe('upstream_unreachable');
  });

  test('says nothing of the address or the cause to the client', async () => {
    const url = `http://127.0.0.1:${await freePort()}/secret-path`;
    const failure = await failureOf(loopback.exchange({}, { url }).open());
    expect(failure.message).not.toMatch(/127\.0\.0\.1|secret-path|fetch/);
    expect(failure.cause).toBeDefined();
  });
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 banana\r\n\r\n'],
])('%s is malformed', async (_what, bytes) => {
  loopback.play = ({ socket }) => socket.end(bytes);
  expect((await failureOf(readAll(loopback.exchange()))).code).toBe('upstream_malformed');
});

test('a redirect is not followed', async () => {
  loopback.play = ({ socket }) =>
    void socket.write('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n');
  const exchange = loopback.exchange();
  expect((await exchange.open()).status).toBe(302);
  exchange.close();
});

describe('closing', () => {
  const begin = () => {
    loopback.play = ({ socket }) => void socket.write(chunkedHead + chunkOf('begin').toString());
  };
  const allClosed = () => eventually(() => loopback.upstream.open() === 0, 'every connection is closed');

  test('before the reply hangs up', async () => {
    loopback.play = () => {};
    const exchange = loopback.exchange();
    const opening = failureOf(exchange.open());
    await eventually(() => loopback.upstream.open() === 1, 'the request arrives');
    exchange.close();
    await opening;
    await allClosed();
  });

  test.each(['between head and body', 'while a piece is awaited', 'after a piece'])(
    '%s hangs up',
    async (when) => {
      begin();
      const exchange = loopback.exchange();
      await exchange.open();
      if (when !== 'between head and body') expect(await exchange.readChunk()).toBeDefined();
      const awaited = when === 'while a piece is awaited' ? exchange.readChunk().catch(() => {}) : undefined;
      exchange.close();
      await awaited;
      await allClosed();
    },
  );

  test('again, and after the end, is harmless', async () => {
    loopback.play = ({ socket }) => void socket.write(replyOf('x'));
    const exchange = loopback.exchange();
    exchange.close();
    const other = loopback.exchange();
    expect(await readAll(other)).toBe('x');
    for (const each of [exchange, exchange, other, other]) each.close();
    other.resume();
    other.finished();
  });

  test('while a transport that knows no signal is still at work leaves no deadline', async () => {
    const deaf: FetchLike = async () => {
      await Bun.sleep(20);
      return new Response('late');
    };
    const exchange = loopback.exchange({}, { transport: fetchTransport(deaf) });
    const opening = exchange.open().catch(() => {});
    exchange.close();
    await opening;
    expect(loopback.wheel.size).toBe(0);
  });
});
