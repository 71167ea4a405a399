/** The executable between a client with WebSockets and a realtime upstream. */
import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';
import { freePort, type RunningGateway, rootKey, startGateway } from './gateway.ts';
import { type RealtimeUpstream, startRealtimeUpstream } from './realtime-upstream.ts';
import { type ResponsesUpstream, startResponsesUpstream } from './responses-upstream.ts';
import { openSocket, type SocketClient } from './socket-client.ts';

export const upstreamKey = 'sk-upstream-canary';
export const patience = {
  connectMs: 700,
  firstByteMs: 5000,
  idleMs: 1500,
  clientStallMs: 1500,
  drainMs: 3000,
};
const limits = { maxBodyBytes: 4 << 20, maxEventBytes: 1 << 20 };

export interface SocketStage {
  readonly gateway: RunningGateway;
  readonly upstream: RealtimeUpstream;
  /** Of the provider `kept`, and of `chatty`, which speaks chat alone. */
  readonly responses: ResponsesUpstream;
  /** `path` with its query; the key goes along unless headers are given. */
  open(path: string, options?: Bun.WebSocketOptions): Promise<SocketClient>;
  /** Bytes of the gateway's resident memory. */
  memory(): number;
  descriptors(): number;
  metric(pattern: RegExp): Promise<number | undefined>;
  /** The record of the last call for a model; `since`: of the lines after so many. */
  record(model: string, since?: number, status?: number): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startSocketStage(
  env: Record<string, string> = {},
  config: object = {},
): Promise<SocketStage> {
  const upstream = startRealtimeUpstream();
  const responses = await startResponsesUpstream();
  const nobody = await freePort();
  const gateway = await startGateway({
    env: { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: upstreamKey, ...env },
    config: {
      timeouts: patience,
      limits,
      heartbeatMs: 200,
      aliases: { voice: 'openai/gpt-echo' },
      providers: {
        nobody: { baseUrl: `http://127.0.0.1:${nobody}/v1`, dialects: ['openai-realtime'] },
        kept: { baseUrl: responses.url, dialects: ['openai-responses'], apiKey: upstreamKey },
        chatty: { baseUrl: responses.url, dialects: ['openai-chat'] },
        plain: { baseUrl: upstream.url, dialects: ['openai-chat'] },
      },
      ...config,
    },
  });
  const key = { authorization: `Bearer ${rootKey}` };
  return {
    gateway,
    upstream,
    responses,
    open: (path, options = { headers: key }) => openSocket(gateway.url + path, options),
    memory: () => {
      const pages = readFileSync(`/proc/${gateway.pid}/statm`, 'utf8').split(' ')[1];
      return Number(pages) * 4096;
    },
    descriptors: () => readdirSync(`/proc/${gateway.pid}/fd`).length,
    metric: async (pattern) => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      const value = pattern.exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    },
    record: (model, since = 0, status) =>
      eventually(
        () =>
          gateway
            .logLines()
            .slice(since)
            .findLast(
              (line) => line.requested_model === model && (status === undefined || line.status === status),
            ),
        `a record of ${model}`,
      ),
    stop: async () => {
      await gateway.stop();
      await upstream.stop();
      await responses.stop();
    },
  };
}
