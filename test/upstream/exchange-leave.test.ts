/** A body that has said its last word: its connection serves again where the body ends right then, and is given up where not. */
import { afterAll, expect, test } from 'bun:test';
import type { Exchange } from '../../src/upstream/exchange.ts';
import { eventually } from '../support/eventually.ts';
import { chunkedHead, chunkOf, endChunked, readAll, replyOf, startLoopback } from './loopback.ts';

const loopback = await startLoopback();
afterAll(() => loopback.stop());

const lastWord = 'data: [DONE]\n\n';

/** Reads until the last word, and leaves. */
async function hear(exchange: Exchange): Promise<void> {
  await exchange.open();
  await new Promise<void>((resolve, reject) => {
    exchange.flow({
      chunk(bytes) {
        if (!Buffer.from(bytes).includes(lastWord)) return;
        exchange.leave();
        resolve();
      },
      end: () => reject(new Error('it ended before its last word')),
      failed: reject,
    });
  });
}

test.each([
  ['in the same packet', 0],
  ['a moment later', 60],
])('an end %s leaves the connection for the next call', async (_when, laterMs) => {
  loopback.play = ({ socket }) => {
    const rest = Buffer.from(endChunked);
    const said = Buffer.concat([Buffer.from(chunkedHead), chunkOf('data: {}\n\n'), chunkOf(lastWord)]);
    socket.write(laterMs === 0 ? Buffer.concat([said, rest]) : said);
    if (laterMs > 0) setTimeout(() => socket.write(rest), laterMs);
  };
  await hear(loopback.exchange());
  await eventually(() => loopback.wheel.size === 0, 'the rest has passed');
  const before = loopback.upstream.accepted();
  loopback.play = ({ socket }) => void socket.write(replyOf('next'));
  expect(await readAll(loopback.exchange())).toBe('next');
  expect(loopback.upstream.accepted()).toBe(before);
});

test.each([
  ['is silent', () => {}],
  ['goes on', (say: () => void) => void say()],
])('a body that %s after its last word is given up', async (_what, goOn) => {
  loopback.play = ({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(chunkedHead), chunkOf(lastWord)]));
    goOn(() => void socket.write(chunkOf('x'.repeat(1 << 17))));
  };
  const before = loopback.upstream.open();
  await hear(loopback.exchange());
  await eventually(() => loopback.wheel.size === 0, 'no deadline is left');
  await eventually(() => loopback.upstream.open() < Math.max(1, before), 'the connection is closed');
});

test('what is left may fail without a word', async () => {
  loopback.play = ({ socket }) => {
    socket.write(Buffer.concat([Buffer.from(chunkedHead), chunkOf(lastWord)]));
    setTimeout(() => socket.destroy(), 20);
  };
  await hear(loopback.exchange());
  await eventually(() => loopback.wheel.size === 0, 'no deadline is left');
});
