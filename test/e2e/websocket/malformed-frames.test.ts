/** Bytes that are no WebSocket: the connection ends, and nothing else does. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { rootKey } from '../../support/gateway.ts';
import { openConnection } from '../../support/raw-connection.ts';
import { frame, handshake } from '../../support/raw-websocket.ts';
import { type SocketStage, startSocketStage } from '../../support/socket-stage.ts';

setDefaultTimeout(60_000);
let stage: SocketStage;
beforeAll(async () => {
  stage = await startSocketStage();
});
afterAll(async () => {
  await stage.stop();
});

const paths = ['/v1/realtime?model=gpt-echo', '/v1/responses'];
const masked = true;

async function upgraded(path: string) {
  const connection = await openConnection(stage.gateway.port);
  connection.send(handshake(path, { Authorization: `Bearer ${rootKey}`, Host: '127.0.0.1' }));
  expect(await connection.heardUntil((heard) => heard.includes('\r\n\r\n'))).toStartWith('HTTP/1.1 101');
  return connection;
}

const broken: readonly (readonly [string, Buffer])[] = [
  ['an unmasked frame', frame('x')],
  ['a reserved opcode', frame('', { first: 0x83, masked })],
  ['a reserved control opcode', frame('', { first: 0x8b, masked })],
  ['a reserved bit', frame('x', { first: 0xc1, masked })],
  ['a continuation of nothing', frame('x', { first: 0x80, masked })],
  [
    'a text within a text',
    Buffer.concat([frame('x', { first: 0x01, masked }), frame('y', { first: 0x81, masked })]),
  ],
  ['text that is not UTF-8', frame(new Uint8Array([0xff, 0xfe]), { masked })],
  ['half a character', frame(new Uint8Array([0xe2, 0x82]), { masked })],
  ['a ping in pieces', frame('x', { first: 0x09, masked })],
  ['a ping too long', frame('x'.repeat(126), { first: 0x89, masked })],
  [
    'a length of eight bytes with its top bit set',
    Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ],
  ['a message larger than the limit', frame('', { length: (4 << 20) + 1, masked })],
  ['a close of one byte', frame('x', { first: 0x88, masked })],
  ['a plain request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
];

for (const path of paths)
  test.each([...broken])(`${path}: %s ends the connection`, async (_, bytes) => {
    const connection = await upgraded(path);
    connection.socket.write(bytes);
    await connection.closed(5000);
    connection.hangUp();
  });

test('a message in pieces is put together; pings among them are answered', async () => {
  const connection = await upgraded('/v1/realtime?model=gpt-echo');
  connection.socket.write(frame('one ', { first: 0x01, masked }));
  connection.socket.write(frame('?', { first: 0x89, masked }));
  connection.socket.write(frame('two', { first: 0x80, masked }));
  const heard = await connection.heardUntil((text) => text.includes('one two'));
  expect(heard).toContain('\x8a\x01?');
  connection.hangUp();
});

/** A repeatable sequence of numbers below 2^32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

test('arbitrary bytes, at random pieces, leave a gateway that works', async () => {
  const next = numbers(20260101);
  const before = stage.descriptors();
  for (let round = 0; round < 120; round++) {
    const connection = await upgraded(paths[round % 2] ?? '');
    for (let at = 0; at < 4; at++) {
      const bytes = Buffer.from(Array.from({ length: next() % 300 }, () => next() >>> 24));
      const first = next() % 3 === 0 ? next() >>> 24 : 0x81;
      connection.socket.write(next() % 2 === 0 ? bytes : frame(bytes, { first, masked: next() % 4 !== 0 }));
    }
    if (next() % 2 === 0) await Bun.sleep(next() % 5);
    connection.hangUp();
  }
  const client = await stage.open(paths[0] ?? '');
  client.socket.send('still here');
  expect(await client.message(0)).toBe('still here');
  await client.close();
  const inFlight = () => stage.metric(/^opengateway_requests_in_flight (\d+)$/m);
  for (let wait = 0; wait < 200 && (await inFlight()) !== 0; wait++) await Bun.sleep(50);
  expect(await inFlight()).toBe(0);
  await eventually(() => stage.descriptors() - before <= 2, 'the descriptors given back');
  expect(stage.gateway.logLines().filter((line) => line.error === 'internal_error')).toEqual([]);
});
