/** What a handler learns when its client hangs up: before the first byte, in a silent stream and in a busy one. */
import { afterAll, describe, expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { openConnection } from '../support/raw-connection.ts';

const told: string[] = [];
const note = (what: string) => told.push(what);
const forever = () => new Promise<never>(() => {});

const bodies: Record<string, () => ReadableStream | AsyncGenerator<string>> = {
  silent: () =>
    new ReadableStream({ start: (stream) => stream.enqueue('x'), cancel: () => void note('cancel') }),
  busy: () =>
    new ReadableStream({
      pull: async (stream) => {
        await Bun.sleep(5);
        stream.enqueue('x');
      },
      cancel: () => void note('cancel'),
    }),
  direct: () =>
    new ReadableStream({
      type: 'direct',
      pull: async (stream) => {
        stream.write('x');
        await stream.flush();
        await forever();
      },
      cancel: () => void note('cancel'),
    }),
  'direct-and-deaf': () =>
    new ReadableStream({
      type: 'direct',
      pull: async (stream) => {
        while ((await stream.write('x')) !== 0) {
          await stream.flush();
          await Bun.sleep(5);
        }
        note('write returned 0');
      },
    }),
  generator: async function* () {
    try {
      yield 'x';
      await forever();
    } finally {
      note('finally');
    }
  },
};

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    request.signal.addEventListener('abort', () => note('abort'));
    const body = bodies[new URL(request.url).pathname.slice(1)];
    note('called');
    if (!body) return await forever();
    // The types know no generator as a body; Bun takes one.
    return new Response(body() as ReadableStream);
  },
});
afterAll(() => server.stop(true));

async function callAndHangUp(path: string, how: 'end' | 'destroy' | 'resetAndDestroy') {
  told.length = 0;
  const connection = await openConnection(Number(server.url.port));
  connection.send(`GET /${path} HTTP/1.1\r\nHost: canary\r\n\r\n`);
  await eventually(() => told.includes('called'), 'the call');
  if (path in bodies) await connection.heardUntil((heard) => heard.includes('x'));
  connection.socket[how]();
  await eventually(() => told.includes('abort'), 'the abort');
  return connection;
}

describe.each(['end', 'destroy', 'resetAndDestroy'] as const)('a client that leaves by %s', (how) => {
  test('before the first byte aborts request.signal', async () => {
    await callAndHangUp('unanswered', how);
    expect(told).toEqual(['called', 'abort']);
  });
  test.each(['silent', 'busy', 'direct'])('aborts request.signal and cancels a %s stream', async (path) => {
    await callAndHangUp(path, how);
    await eventually(() => told.includes('cancel'), 'the cancellation');
    expect(told.toSorted()).toEqual(['abort', 'called', 'cancel']);
  });
});

test('a direct stream is not interrupted: its writes return 0', async () => {
  await callAndHangUp('direct-and-deaf', 'destroy');
  await eventually(() => told.includes('write returned 0'), 'a write that says nobody is there');
});

test('a generator suspended in an await is not cancelled', async () => {
  await callAndHangUp('generator', 'destroy');
  await Bun.sleep(100);
  expect(told).not.toContain('finally');
});
