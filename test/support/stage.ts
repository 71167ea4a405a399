/** What the end-to-end tests play on: a scripted upstream, the gateway in one mode, and a wiretap before it. */
import { expect } from 'bun:test';
import { freePort, type RunningGateway, rootKey, startGateway } from './gateway.ts';
import { type ScriptedUpstream, startUpstream } from './openai-upstream.ts';
import { startWiretap } from './wiretap.ts';

export const upstreamKey = 'sk-upstream-canary';
export const modes = ['passthrough', 'translated'] as const;
export type Mode = (typeof modes)[number];

export const limits = { maxBodyBytes: 200_000, maxDepth: 64 };
/** Short, for the tests that wait for one; `patient` is for those in which only the client may give up. */
const short = { connectMs: 2_000, firstByteMs: 1_500, idleMs: 1_500 };
export const patient = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 };

export interface Stage {
  readonly mode: Mode;
  /** The gateway's address through the wiretap, with /v1. */
  readonly baseURL: string;
  readonly gateway: RunningGateway;
  readonly upstream: ScriptedUpstream;
  /** Fails when a credential has left the side it belongs to; `secrets` are further ones the test has used. */
  expectSecretsKept(...secrets: string[]): void;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Laid over the environment of the gateway; an empty value removes the variable. */
  readonly env?: Record<string, string>;
  readonly timeouts?: typeof short;
}

export async function startStage(mode: Mode, options: StageOptions = {}): Promise<Stage> {
  const upstream = startUpstream();
  const nobody = await freePort();
  const env = {
    LOCAL_BASE_URL: upstream.url,
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: upstreamKey,
    OPENGATEWAY_FORCE_TRANSLATE: mode === 'translated' ? '1' : '',
    ...options.env,
  };
  const gateway = await startGateway({
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
    config: {
      timeouts: options.timeouts ?? short,
      heartbeatMs: 400,
      limits,
      aliases: { fast: 'local/scripted-chat' },
      providers: { nobody: { baseUrl: `http://127.0.0.1:${nobody}/v1`, prefixes: ['nobody/'] } },
    },
  });
  const tap = await startWiretap(gateway.port);
  return {
    mode,
    baseURL: `${tap.url}/v1`,
    gateway,
    upstream,
    expectSecretsKept: (...secrets) => {
      const told = `${tap.heard()}${gateway.stdout()}${gateway.stderr()}`;
      for (const secret of [rootKey, upstreamKey, ...secrets])
        expect(told.includes(secret) ? `${secret} was told` : 'kept').toBe('kept');
      for (const { model, path, headers, body } of upstream.requests) {
        const sent = JSON.stringify([path, headers, body]);
        for (const secret of [rootKey, ...secrets]) expect(sent).not.toContain(secret);
        if (path.startsWith('/v1/models')) continue;
        expect(headers.authorization).toBe(model.startsWith('gpt-') ? `Bearer ${upstreamKey}` : undefined);
      }
    },
    stop: async () => {
      await tap.stop();
      await gateway.stop();
      await upstream.stop();
    },
  };
}
