/** An upstream on loopback that writes exactly the bytes it is told to, and an exchange with it. */
import { GatewayError } from '../../src/core/errors.ts';
import { Exchange, type UpstreamLimits, type UpstreamRequest } from '../../src/upstream/exchange.ts';
import { HttpClient } from '../../src/upstream/http1/client.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { startTcpUpstream, type TcpRequest, type TcpUpstream } from '../support/tcp-upstream.ts';

/** Longer than any test: only what a test shortens may run out. */
const patient: UpstreamLimits = {
  connectMs: 60_000,
  firstByteMs: 60_000,
  idleMs: 60_000,
  maxReplyBytes: 1 << 20,
};

export interface Loopback {
  readonly upstream: TcpUpstream;
  readonly wheel: TimerWheel;
  /** How the next requests are answered. */
  play: (request: TcpRequest) => void;
  exchange(limits?: Partial<UpstreamLimits>, request?: Partial<UpstreamRequest>): Exchange;
  stop(): Promise<void>;
}

export async function startLoopback(): Promise<Loopback> {
  const upstream = await startTcpUpstream((request) => loopback.play(request));
  const wheel = new TimerWheel();
  const transport = new HttpClient({ environment: {} });
  const loopback: Loopback = {
    upstream,
    wheel,
    play: ({ socket }) => socket.destroy(),
    exchange: (limits = {}, request = {}) =>
      new Exchange(
        wheel,
        { ...patient, ...limits },
        {
          provider: 'p',
          transport,
          method: 'GET',
          url: `http://127.0.0.1:${upstream.port}/`,
          headers: {},
          ...request,
        },
      ),
    stop: () => upstream.stop(),
  };
  return loopback;
}

/** A reply with its length announced. */
export function replyOf(body: string | Uint8Array, headers: Record<string, string> = {}): Uint8Array {
  const bytes = Buffer.from(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A reply of unknown length, which ends with `endChunked`. */
export const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
export const endChunked = '0\r\n\r\n';
export function chunkOf(body: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** The code and message of the GatewayError that a promise rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  try {
    const value = await promise;
    throw new Error(`it succeeded with ${String(value).slice(0, 80)}`);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

export async function readAll(exchange: Exchange): Promise<string> {
  await exchange.open();
  return await exchange.readText();
}
