/** Which ways of streaming wait for a client that does not read, and which one buffers all it is given. */
import { afterAll, describe, expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { openConnection } from '../support/raw-connection.ts';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const chunk = new Uint8Array(65_536).fill(120);
const total = 64 * 1024 * 1024;
/** Bytes taken from the source so far. */
let taken = 0;
let finished = false;
const take = () => {
  taken += chunk.length;
  finished = taken >= total;
  return chunk;
};

const upstream = await startTcpUpstream(({ socket }) => {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  const send = () => {
    while (!finished) if (!socket.write(take())) return void socket.once('drain', send);
    socket.end();
  };
  send();
});

const ways: Record<string, () => Promise<ReadableStream | null> | ReadableStream> = {
  'a pulled stream': () =>
    new ReadableStream({ pull: (stream) => (finished ? stream.close() : stream.enqueue(take())) }),
  'the body of a fetch, passed on': async () => (await fetch(`http://127.0.0.1:${upstream.port}`)).body,
  'a direct stream that awaits write()': () =>
    new ReadableStream({
      type: 'direct',
      pull: async (stream) => {
        while (!finished) await stream.write(take());
        await stream.close();
      },
    }),
  'a direct stream that awaits only flush()': () =>
    new ReadableStream({
      type: 'direct',
      pull: async (stream) => {
        while (!finished) {
          stream.write(take());
          await stream.flush();
        }
        await stream.close();
      },
    }),
};

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) =>
    new Response(await ways[decodeURIComponent(new URL(request.url).pathname.slice(1))]?.()),
});
afterAll(async () => {
  await server.stop(true);
  await upstream.stop();
});

async function callWithoutReading(way: string) {
  taken = 0;
  finished = false;
  const client = await openConnection(Number(server.url.port));
  client.socket.pause();
  client.send(`GET /${encodeURIComponent(way)} HTTP/1.1\r\nHost: canary\r\n\r\n`);
  await eventually(() => taken > 0, 'the first bytes');
  for (let before = -1; before !== taken; await Bun.sleep(100)) before = taken;
  client.hangUp();
  return taken;
}

describe('towards a client that does not read', () => {
  const [pulled = '', passedOn = '', awaited = '', flushed = ''] = Object.keys(ways);
  test.each([pulled, passedOn, awaited])('%s waits', async (way) => {
    expect(await callWithoutReading(way)).toBeLessThan(total / 2);
  });
  test(`${flushed} buffers everything`, async () => {
    expect(await callWithoutReading(flushed)).toBe(total);
  });
});
