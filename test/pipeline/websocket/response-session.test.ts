/** A Responses session without sockets, over a pipeline that is made up. */
import { describe, expect, test } from 'bun:test';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { ChangeFeed } from '../../../src/identity/changes.ts';
import type { Pipeline } from '../../../src/pipeline/index.ts';
import { OpenCalls } from '../../../src/pipeline/open-calls.ts';
import { fullBytes } from '../../../src/pipeline/websocket/outlet.ts';
import { ResponseSession } from '../../../src/pipeline/websocket/response-session.ts';
import { TimerWheel } from '../../../src/upstream/timer-wheel.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClientSocket } from '../../support/fake-client-socket.ts';

const stream = (body: ReadableStream<Uint8Array> | string) =>
  new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
const event = (json: object) => `data: ${JSON.stringify(json)}\n\n`;

function sessionWith(pipeline: Pipeline) {
  const socket = new FakeClientSocket();
  const wheel = new TimerWheel();
  const session = new ResponseSession({
    pipeline,
    endpoint: { path: '/v1/responses', dialect: openaiResponses },
    connection: { url: 'http://g/v1/responses', headers: new Headers() },
    origin: { isLocal: () => true, address: () => '127.0.0.1' },
    body: { maxBodyBytes: 100_000, maxDepth: 32 },
    stream: { wheel, heartbeatMs: 60_000, clientStallMs: 60_000, maxEventBytes: 100_000 },
    caller: undefined,
    openCalls: new OpenCalls({ recall: () => undefined }, new ChangeFeed(), wheel),
  });
  session.opened(socket);
  const frames = () => socket.messages.map((text) => JSON.parse(String(text)) as Record<string, unknown>);
  const create = (more: object = {}) =>
    session.heard(JSON.stringify({ type: 'response.create', model: 'm', input: 'x', ...more }));
  return { session, socket, wheel, frames, create };
}

test('a client that only sends is not read on, until it reads', async () => {
  const { session, socket } = sessionWith(() => Promise.reject(new Error('not to be reached')));
  let sent = 0;
  for (; !socket.isPaused && sent < 100_000; sent++) session.heard('not json');
  expect(socket.isPaused).toBe(true);
  expect(socket.waiting).toBeLessThan(fullBytes + 1000);
  socket.waiting = 0;
  session.drained();
  await eventually(() => !socket.isPaused, 'being read again');
  session.closed();
});

test('a pipeline that fails, or answers with something else, is an error frame', async () => {
  const answers: (() => Promise<Response>)[] = [
    () => Promise.reject(new Error('secret')),
    async () => new Response('not json', { status: 500 }),
    async () => Response.json({ id: 'whole' }),
    async () => stream(`data: ${'x'.repeat(200_000)}`),
    async () =>
      stream(
        new ReadableStream({
          start(controller) {
            controller.error(new Error('cut'));
          },
        }),
      ),
  ];
  const { session, frames, create } = sessionWith(
    async () => (await answers.shift()?.()) ?? Response.error(),
  );
  for (let nth = 0; answers.length > 0; nth++) {
    create();
    await eventually(() => frames().length === nth + 1, `frame ${nth}`);
    expect(frames().at(-1)?.type).toBe('error');
    await Bun.sleep(1);
  }
  expect(JSON.stringify(frames())).not.toContain('secret');
  session.closed();
});

describe('a response under way', () => {
  function held() {
    let end = () => {};
    let signal: AbortSignal | undefined;
    const stage = sessionWith(async (_, { request }) => {
      signal = request.signal;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Buffer.from(event({ type: 'response.created', response: { id: 'r' } })));
          end = () => {
            controller.enqueue(
              Buffer.from(event({ type: 'response.completed', response: { id: 'r', output: [] } })),
            );
            controller.close();
          };
        },
      });
      return stream(body);
    });
    stage.create();
    return { ...stage, end: () => end(), signal: () => signal };
  }

  test('is aborted when the client leaves', async () => {
    const { session, frames, signal, wheel } = held();
    await eventually(() => frames().length === 1, 'its beginning');
    expect(signal()?.aborted).toBe(false);
    session.closed();
    expect(signal()?.aborted).toBe(true);
    expect(wheel.size).toBe(0);
  });

  test('may end when the gateway is to stop, and nothing begins after it', async () => {
    const { session, socket, frames, end } = held();
    await eventually(() => frames().length === 1, 'its beginning');
    session.leave();
    expect(socket.said).toEqual([]);
    end();
    await eventually(() => frames().length === 2, 'its end');
    socket.waiting = 0;
    session.drained();
    await eventually(() => socket.said.at(-1) === 'close 1012 The gateway is restarting.', 'the close');
  });

  test('does not stop a warm-up from being refused', async () => {
    const { session, frames, create } = held();
    await eventually(() => frames().length === 1, 'its beginning');
    create({ generate: false });
    expect(frames().at(-1)).toMatchObject({ type: 'error', status: 409 });
    session.closed();
  });
});
