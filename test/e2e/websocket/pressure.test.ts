/** Realtime sessions whose ends keep different paces, or vanish: bounded memory, nothing left behind. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { floodBytes } from '../../support/realtime-upstream.ts';
import { patience, type SocketStage, startSocketStage } from '../../support/socket-stage.ts';

setDefaultTimeout(60_000);
const piece = new Uint8Array(65_536).fill(7);
/** What may lie between two ends: the gateway's own bounds and the kernel's buffers on both connections. */
const between = 32 << 20;

let stage: SocketStage;
beforeAll(async () => {
  stage = await startSocketStage();
});
afterAll(async () => {
  await stage.stop();
});

/** Sends as a good client does, a megabyte waiting at most; resolves to the bytes sent once nothing moves. */
async function pour(socket: WebSocket, total: number, stillMs = 400): Promise<number> {
  let sent = 0;
  let movedAtMs = performance.now();
  while (sent < total && performance.now() - movedAtMs < stillMs && socket.readyState === 1) {
    while (sent < total && socket.bufferedAmount < 1 << 20) {
      socket.send(piece);
      sent += piece.length;
      movedAtMs = performance.now();
    }
    await Bun.sleep(1);
  }
  return sent;
}

describe('an upstream that sends faster than its client reads', () => {
  test('waits for the client, and goes on with it', async () => {
    const client = await stage.open('/v1/realtime?model=gpt-flood');
    const memory = stage.memory();
    client.socket.send('go');
    await eventually(() => stage.upstream.last('gpt-flood')?.sentBytes, 'the flood');
    client.socket.pause();
    await Bun.sleep(700);
    const read = client.heard.length * piece.length;
    const call = stage.upstream.last('gpt-flood');
    const held = (call?.sentBytes ?? 0) - read;
    expect(held).toBeLessThan(between);
    expect(stage.memory() - memory).toBeLessThan(64 << 20);
    process.stdout.write(`between a fast upstream and a client that does not read: ${held >> 20} MiB\n`);
    client.heard.length = 0;
    client.socket.resume();
    let bytes = read;
    while (bytes < floodBytes) {
      bytes += client.heard.reduce((sum, message) => sum + message.length, 0);
      client.heard.length = 0;
      await Bun.sleep(5);
    }
    expect(bytes).toBe(floodBytes);
    expect(client.ended()).toBeUndefined();
    await client.close();
  });

  test('is let go when the client never reads again', async () => {
    const since = stage.gateway.logLines().length;
    const client = await stage.open('/v1/realtime?model=gpt-flood');
    client.socket.pause();
    client.socket.send('go');
    const call = await eventually(() => stage.upstream.last('gpt-flood'), 'the call');
    await eventually(() => call.ended, 'the upstream being let go');
    expect(await stage.record('gpt-flood', since, 499)).toMatchObject({
      status: 499,
      error: 'client_closed_request',
    });
    expect(call.sentBytes).toBeLessThan(between);
    client.socket.terminate();
  });
});

describe('a client that sends faster than its upstream reads', () => {
  test('waits for the upstream, and all arrives', async () => {
    const client = await stage.open('/v1/realtime?model=gpt-count');
    const total = 64 << 20;
    expect(await pour(client.socket, total, 5000)).toBe(total);
    const call = stage.upstream.last('gpt-count');
    await eventually(() => call?.heardBytes === total, 'all of it');
    await client.close();
  });

  test('is told 1013 when the upstream never reads', async () => {
    const since = stage.gateway.logLines().length;
    const client = await stage.open('/v1/realtime?model=gpt-deaf');
    const memory = stage.memory();
    const sent = await pour(client.socket, floodBytes);
    expect(sent).toBeLessThan(between);
    expect(stage.memory() - memory).toBeLessThan(64 << 20);
    process.stdout.write(`between a fast client and an upstream that does not read: ${sent >> 20} MiB\n`);
    await eventually(() => client.ended(), 'the close');
    expect(client.ended()).toEqual({
      code: 1013,
      reason: `The provider 'openai' took nothing for ${patience.idleMs} ms.`,
    });
    expect(await stage.record('gpt-deaf', since)).toMatchObject({ status: 504, error: 'upstream_timeout' });
  });
});

test('nothing is left of sessions however they end', async () => {
  const round = async () => {
    const sessions = await Promise.all(
      ['echo', 'cut', 'close', 'flood', 'large', 'count', 'deaf', 'greet'].map((model) =>
        stage.open(`/v1/realtime?model=gpt-${model}`),
      ),
    );
    for (const { socket } of sessions) socket.send('1000');
    await Bun.sleep(50);
    for (const [at, { socket }] of sessions.entries()) at % 2 === 0 ? socket.close() : socket.terminate();
    await Promise.all(
      ['refuse-401', 'refuse-404', 'refuse-302'].map((model) =>
        stage.open(`/v1/realtime?model=gpt-${model}`).then(
          () => expect(model).toBe('refused'),
          () => {},
        ),
      ),
    );
  };
  const settled = () => stage.metric(/^opengateway_requests_in_flight (\d+)$/m);
  const rest = async () => {
    for (let wait = 0; wait < 200 && (await settled()) !== 0; wait++) await Bun.sleep(50);
    expect(await settled()).toBe(0);
    await Bun.sleep(1500);
    return stage.descriptors();
  };
  await round();
  const before = await rest();
  const memory = stage.memory();
  for (let at = 0; at < 25; at++) await round();
  const after = await rest();
  expect(after - before).toBeLessThanOrEqual(2);
  expect(stage.memory() - memory).toBeLessThan(96 << 20);
});

describe('a gateway told to stop', () => {
  test('closes sessions with 1012, lets a response under way end, and exits', async () => {
    const own = await startSocketStage();
    const voice = await own.open('/v1/realtime?model=gpt-echo');
    const idle = await own.open('/v1/responses');
    const busy = await own.open('/v1/responses');
    busy.socket.send(JSON.stringify({ type: 'response.create', model: 'kept/gpt-slow', input: 'x' }));
    await busy.message(0);
    const stopping = own.gateway.stop();
    for (const client of [voice, idle, busy]) await eventually(() => client.ended(), 'the close');
    for (const client of [voice, idle, busy])
      expect(client.ended()).toEqual({ code: 1012, reason: 'The gateway is restarting.' });
    expect(String(busy.heard.at(-1))).toContain('"response.completed"');
    expect(
      await eventually(() => own.upstream.last('gpt-echo')?.ended, 'the upstream’s close'),
    ).toMatchObject({ code: 1001 });
    expect(await stopping).toBe(0);
    await own.upstream.stop();
    await own.responses.stop();
  });
});
