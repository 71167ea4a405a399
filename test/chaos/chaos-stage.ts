/** A gateway in one mode before the fault upstream, a stranger nobody may call, and the check that nothing was left over. */
import { expect } from 'bun:test';
import { readdirSync } from 'node:fs';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { startTcpUpstream, type TcpUpstream } from '../support/tcp-upstream.ts';
import { type FaultUpstream, type Play, startFaultUpstream } from './fault-upstream.ts';
import { callsInFlight, settles } from './left-overs.ts';
import { collect, type Reply } from './reply.ts';
import { content } from './script.ts';

export const upstreamKey = 'sk-upstream-canary';
export const modes = ['passthrough', 'translated'] as const;
export type Mode = (typeof modes)[number];

export interface ChaosStage {
  readonly gateway: RunningGateway;
  readonly upstream: FaultUpstream;
  /** Answers whoever calls it; the tests assert that nobody does. */
  readonly stranger: TcpUpstream;
  /** A chat call to `local/<scenario>`; a model with a prefix is called as it is. */
  chat(scenario: string, fields?: Record<string, unknown>): Promise<Reply>;
  /** No call in flight, no descriptor left, no secret told, and a normal call is answered. */
  expectUnharmed(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChaosOptions {
  readonly timeouts?: Record<string, number>;
  readonly limits?: Record<string, number>;
  readonly heartbeatMs?: number;
  /** Further providers: the name, which is the prefix of their models too, and the base URL. */
  readonly providers?: Record<string, string>;
}

/** Kept connections to the upstream and the runtime's own descriptors that come and go. */
const toleratedDescriptors = 12;

/** The events as a JSON reader sees them; some replies are too deep for a writer. */
function textOf(events: readonly unknown[]): string {
  try {
    return JSON.stringify(events);
  } catch {
    return '';
  }
}

export async function startChaos(
  mode: Mode,
  plays: Record<string, Play>,
  options: ChaosOptions = {},
): Promise<ChaosStage> {
  const upstream = await startFaultUpstream(plays);
  const stranger = await startTcpUpstream(({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nstranger'));
  const gateway = await startGateway({
    env: {
      LOCAL_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
      LOCAL_API_KEY: upstreamKey,
      ...(mode === 'translated' && { OPENGATEWAY_FORCE_TRANSLATE: '1' }),
    },
    config: {
      timeouts: { connectMs: 1_000, firstByteMs: 1_500, idleMs: 1_500, ...options.timeouts },
      limits: { maxReplyBytes: 33_554_432, maxEventBytes: 16_777_216, ...options.limits },
      heartbeatMs: options.heartbeatMs ?? 300,
      providers: Object.fromEntries(
        Object.entries(options.providers ?? {}).map(([name, baseUrl]) => [
          name,
          { baseUrl, prefixes: [`${name}/`] },
        ]),
      ),
    },
  });
  const leaks: string[] = [];
  const descriptors = () => readdirSync(`/proc/${gateway.pid}/fd`).length;

  const chat = async (scenario: string, fields: Record<string, unknown> = {}) => {
    const model = scenario.includes('/') ? scenario : `local/${scenario}`;
    const reply = await collect(
      await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${rootKey}`,
          'content-type': 'application/json',
          // A kept connection would be an open descriptor of the gateway's.
          connection: 'close',
        },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], ...fields }),
      }),
    );
    // As bytes and as a JSON reader sees it: an escape hides nothing.
    const seen = [...reply.headers, reply.text, textOf(reply.events)].join('\n');
    for (const secret of [upstreamKey, rootKey])
      if (seen.includes(secret)) leaks.push(`${scenario}: ${secret}`);
    return reply;
  };
  const expectNormal = async () => {
    const reply = await chat('normal');
    expect({ status: reply.status, content: reply.content }).toEqual({ status: 200, content });
    expect(reply.headers.get('x-opengateway-mode')).toBe(mode);
  };
  await expectNormal();
  const before = descriptors();

  return {
    gateway,
    upstream,
    stranger,
    chat,
    expectUnharmed: async () => {
      await settles(() => callsInFlight(gateway), 0, 'calls in flight');
      await expectNormal();
      await settles(descriptors, before + toleratedDescriptors, 'the number of open descriptors');
      await settles(upstream.open, toleratedDescriptors, 'the number of upstream connections');
      expect(stranger.accepted()).toBe(0);
      expect(leaks.splice(0)).toEqual([]);
      const written = gateway.stdout() + gateway.stderr();
      for (const secret of [upstreamKey, rootKey]) expect(written.includes(secret)).toBe(false);
    },
    stop: async () => {
      await gateway.stop();
      await upstream.stop();
      await stranger.stop();
    },
  };
}
