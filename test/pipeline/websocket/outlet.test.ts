/** The way out to a client, over a socket that takes only what it is told to take, in simulated time. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { fullBytes, Outlet, roomBytes } from '../../../src/pipeline/websocket/outlet.ts';
import { TimerWheel } from '../../../src/upstream/timer-wheel.ts';
import { FakeClientSocket } from '../../support/fake-client-socket.ts';
import { type SimulatedTime, simulateTime } from '../../upstream/simulated-time.ts';

const heartbeatMs = 10_000;
const clientStallMs = 60_000;
let time: SimulatedTime;
let wheel: TimerWheel;
let socket: FakeClientSocket;
let outlet: Outlet;
let gone: number;

beforeEach(() => {
  time = simulateTime(1000);
  wheel = new TimerWheel();
  socket = new FakeClientSocket();
  gone = 0;
  const onGone = () => {
    gone += 1;
  };
  outlet = new Outlet(socket, { wheel, heartbeatMs, clientStallMs, onGone });
});
afterEach(() => time.restore());

/** As a client that answers pings. */
function live(ms: number): void {
  for (let at = 0; at < ms; at += 1000) {
    time.pass(1000);
    outlet.alive();
  }
}

function takeAllBut(bytes: number): void {
  socket.waiting = bytes;
  outlet.drained();
}

describe('room', () => {
  test('is there until a megabyte waits, and again once most of it is taken', async () => {
    outlet.send('x'.repeat(fullBytes));
    expect(outlet.isFull).toBe(false);
    outlet.send('x');
    expect(outlet.isFull).toBe(true);
    let hasRoom = false;
    const waiting = outlet.room().then(() => {
      hasRoom = true;
    });
    takeAllBut(roomBytes + 1);
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    takeAllBut(roomBytes);
    await waiting;
    expect(hasRoom).toBe(true);
  });

  test('comes to whoever waits when the connection ends', async () => {
    outlet.send('x'.repeat(fullBytes + 1));
    const waiting = outlet.room();
    outlet.end();
    await waiting;
    outlet.send('more');
    expect(socket.waiting).toBe(fullBytes + 1);
  });
});

describe('a client', () => {
  test('that answers pings is pinged for ever', () => {
    live(10 * clientStallMs);
    expect(gone).toBe(0);
    expect(socket.said.length).toBeGreaterThan(50);
    expect(new Set(socket.said)).toEqual(new Set(['ping']));
  });

  test('that says nothing at all is given up', () => {
    time.pass(clientStallMs);
    expect(gone).toBe(0);
    time.pass(3 * heartbeatMs);
    expect(gone).toBe(1);
    expect(socket.said.at(-1)).toBe('terminate');
    expect(wheel.size).toBe(0);
  });

  test('that is not read is not blamed for its silence', () => {
    outlet.isDeaf = true;
    time.pass(5 * clientStallMs);
    expect(gone).toBe(0);
    outlet.isDeaf = false;
    time.pass(clientStallMs + 3 * heartbeatMs);
    expect(gone).toBe(1);
  });

  test('that does not read is given up', () => {
    outlet.send('x'.repeat(fullBytes + 1));
    live(clientStallMs - 1000);
    expect(gone).toBe(0);
    live(2000);
    expect(gone).toBe(1);
    expect(wheel.size).toBe(0);
  });

  test('that reads slowly is not', () => {
    outlet.send('x'.repeat(2 * fullBytes));
    for (let left = 2 * fullBytes; left > roomBytes; left -= 100_000) {
      takeAllBut(left);
      live(clientStallMs / 2);
    }
    expect(gone).toBe(0);
  });
});

describe('close', () => {
  test('is at once where nothing waits', () => {
    outlet.close(1000, 'done');
    outlet.close(1011, 'again');
    expect(socket.said).toEqual(['close 1000 done']);
    expect(wheel.size).toBe(0);
  });

  test('comes after what waits, and nothing more is taken', () => {
    outlet.send('some');
    outlet.close(1012, 'restart');
    outlet.send('late');
    expect(socket.waiting).toBe(4);
    takeAllBut(1);
    expect(socket.said).toEqual([]);
    takeAllBut(0);
    expect(socket.said).toEqual(['close 1012 restart']);
  });

  test('does not wait for ever', () => {
    outlet.send('some');
    outlet.close(1012, 'restart');
    live(clientStallMs + 1000);
    expect(socket.said.at(-1)).toBe('terminate');
    expect(gone).toBe(1);
  });
});
