/** Requests whose bodies stream: in chunks, at the pace of the other side, whole or not at all. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { eventually } from '../../support/eventually.ts';
import { sent } from './sent.ts';
import { codeOf, ok, withStage } from './stage.ts';

/** The chunks of a request as a server would read them. */
function dechunked(text: string): { readonly body: string; readonly isWhole: boolean } {
  let at = text.indexOf('\r\n\r\n') + 4;
  let body = '';
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return { body, isWhole: false };
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) return { body, isWhole: text.slice(end) === '\r\n\r\n' };
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

describe('a body that streams', () => {
  const stream = (...pieces: string[]) =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(1);
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(Buffer.from(piece));
      },
    });

  test.each([
    [[] as string[], ''],
    [['a'], 'a'],
    [['a', '', 'bc', ''], 'abc'],
    [['0\r\n\r\n', 'x'.repeat(70_000)], `0\r\n\r\n${'x'.repeat(70_000)}`],
  ])('%j goes out in chunks', async (pieces, expected) => {
    const body = stream(...pieces);
    const text = await sent(
      () => ({ method: 'POST', body }),
      (all) => dechunked(all).isWhole,
    );
    expect(text).toContain('\r\ntransfer-encoding: chunked\r\n\r\n');
    expect(text).not.toContain('content-length');
    expect(dechunked(text)).toEqual({ body: expected, isWhole: true });
  });

  test('waits for a peer that does not read', async () => {
    let pulled = 0;
    const whole = 64 << 20;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1 << 20;
          controller.enqueue(new Uint8Array(1 << 20));
          if (pulled === whole) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    let peer: Socket | undefined;
    let got = 0;
    await withStage(
      (socket) => {
        peer = socket.pause();
        socket.on('data', (bytes: Buffer) => {
          got += bytes.length;
          if (bytes.toString('latin1').endsWith('0\r\n\r\n')) socket.write(ok());
        });
      },
      async ({ call }) => {
        const called = call({ method: 'POST', body });
        await eventually(() => peer !== undefined, 'the connection');
        await Bun.sleep(300);
        expect(pulled).toBeLessThan(whole / 2);
        peer?.resume();
        expect((await called).text).toBe('ok');
        expect(got).toBeGreaterThan(whole);
      },
    );
  }, 30_000);

  test('that breaks breaks its request, and is never taken for whole', async () => {
    let text = '';
    let wasReset = false;
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(5);
        if (pulls++ === 0) controller.enqueue(Buffer.from('begun'));
        else controller.error(new RangeError('broken'));
      },
    });
    await withStage(
      (socket) => {
        socket.on('error', () => {
          wasReset = true;
        });
        socket.on('data', (bytes) => {
          text += bytes.toString('latin1');
        });
      },
      async ({ call }) => {
        expect(await codeOf(call({ method: 'POST', body }))).toBe('RangeError: broken');
        await eventually(() => wasReset, 'the reset');
      },
    );
    expect(text).toEndWith('5\r\nbegun\r\n');
  });

  test('is let go when the reply comes before its end, and the connection with it', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(5);
        controller.enqueue(Buffer.from('more'));
      },
      cancel() {
        isCancelled = true;
      },
    });
    await withStage(
      (socket) => {
        socket.once('data', () => socket.write(ok('enough')));
        socket.resume();
      },
      async ({ call, client }) => {
        expect((await call({ method: 'POST', body })).text).toBe('enough');
        await eventually(() => isCancelled, 'the end of the stream');
        expect(client.idleConnections).toBe(0);
      },
    );
  });

  test('that breaks after the reply has come says no more', async () => {
    const unhandled: unknown[] = [];
    const note = (thrown: unknown) => void unhandled.push(thrown);
    process.on('unhandledRejection', note);
    const { promise: isOver, resolve: over } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await isOver;
        controller.error(new RangeError('broken'));
      },
    });
    await withStage(
      (socket) => void socket.once('data', () => socket.write(ok('enough'))),
      async ({ call }) => {
        expect((await call({ method: 'POST', body })).text).toBe('enough');
        over();
        await Bun.sleep(20);
      },
    );
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
