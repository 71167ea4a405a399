/** Two gateways, one in each mode, before a fault upstream that is a provider in every wire format; and clients in every dialect. */
import { expect } from 'bun:test';
import { readdirSync } from 'node:fs';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { startTcpUpstream, type TcpUpstream } from '../../support/tcp-upstream.ts';
import { type Mode, modes, upstreamKey } from '../chaos-stage.ts';
import { type FaultUpstream, type Play, startFaultUpstream } from '../fault-upstream.ts';
import { callsInFlight, settles } from '../left-overs.ts';
import { content } from '../script.ts';
import { type Client, type ClientName, clients, hear } from './clients.ts';
import type { Heard } from './heard.ts';
import { clientHears } from './rendezvous.ts';
import { dialects } from './wire-script.ts';

export interface DialectStage {
  readonly gateways: Readonly<Record<Mode, RunningGateway>>;
  readonly upstream: FaultUpstream;
  /** Answers whoever calls it; the tests assert that nobody does. */
  readonly stranger: TcpUpstream;
  /** A call to a provider of the format; the model is the scenario. `refusing` has nobody listening. */
  ask(asker: Asker, scenario: string): Promise<Heard>;
  /** A body as it is to a model by its full name. */
  post(client: Client, mode: Mode, model: string, stream: boolean, text: string): Promise<Heard>;
  /** The error of the call's log line. */
  loggedError(mode: Mode, heard: Heard): Promise<unknown>;
  expectUnharmed(): Promise<void>;
  stop(): Promise<void>;
}

export interface Asker {
  readonly client: ClientName;
  readonly mode: Mode;
  readonly stream: boolean;
  readonly format: ConversationDialect;
}

export const describeAsker = ({ client, mode, stream, format }: Asker): string =>
  `${client} to ${format}, ${mode}, ${stream ? 'streamed' : 'whole'}`;

/** Nobody listens there, nor comes to while the tests run. */
const refusingPort = 1;
const toleratedDescriptors = 12;

/** Each log line once, by its request id. */
function logIndex(gateway: RunningGateway): (id: string) => Record<string, unknown> | undefined {
  const lines = new Map<string, Record<string, unknown>>();
  let read = 0;
  return (id) => {
    const text = gateway.stdout();
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(read, end).split('\n')) {
      if (!line.startsWith('{')) continue;
      const json = JSON.parse(line) as Record<string, unknown>;
      if (typeof json.request_id === 'string') lines.set(json.request_id, json);
    }
    read = end;
    return lines.get(id);
  };
}

export interface DialectStageOptions {
  readonly timeouts?: Record<string, number>;
  readonly heartbeatMs?: number;
  readonly maxReplyBytes?: number;
}

async function startOne(mode: Mode, port: number, options: DialectStageOptions): Promise<RunningGateway> {
  const provider = (name: string, dialect: string, to: number) => [
    name,
    {
      baseUrl: `http://127.0.0.1:${to}/v1`,
      apiKey: upstreamKey,
      prefixes: [`${name}/`],
      dialects: [dialect],
      quirks: { streamUsage: false },
    },
  ];
  return await startGateway({
    env: mode === 'translated' ? { OPENGATEWAY_FORCE_TRANSLATE: '1' } : {},
    config: {
      timeouts: { connectMs: 400, firstByteMs: 900, idleMs: 900, ...options.timeouts },
      limits: { maxReplyBytes: options.maxReplyBytes ?? 33_554_432, maxEventBytes: 12 << 20 },
      heartbeatMs: options.heartbeatMs ?? 300,
      providers: Object.fromEntries(
        dialects.flatMap((dialect) => [
          provider(dialect, dialect, port),
          provider(`refusing-${dialect}`, dialect, refusingPort),
        ]),
      ),
    },
  });
}

export async function startDialects(
  plays: Readonly<Record<string, Play>>,
  options: DialectStageOptions = {},
): Promise<DialectStage> {
  const upstream = await startFaultUpstream(plays);
  const stranger = await startTcpUpstream(({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nstranger'));
  const [passthrough, translated] = await Promise.all(
    modes.map((mode) => startOne(mode, upstream.port, options)),
  );
  if (!passthrough || !translated) throw new Error('a mode is missing');
  const gateways = { passthrough, translated };
  const lineOf = { passthrough: logIndex(passthrough), translated: logIndex(translated) };
  const leaks: string[] = [];
  let calls = 0;

  const post = async (
    client: Client,
    mode: Mode,
    model: string,
    stream: boolean,
    text: string,
    begun = () => {},
  ): Promise<Heard> => {
    const { path, headers } = client.request(model, stream);
    const response = await fetch(gateways[mode].url + path, {
      method: 'POST',
      // A kept connection would be an open descriptor of the gateway's.
      headers: { ...headers, 'content-type': 'application/json', connection: 'close' },
      body: text,
    });
    begun();
    const heard = await hear(client, response, stream);
    const seen = [...heard.headers, heard.text].join('\n');
    for (const secret of [upstreamKey, rootKey]) if (seen.includes(secret)) leaks.push(`${model}: ${secret}`);
    return heard;
  };

  const ask: DialectStage['ask'] = async ({ client, mode, stream, format }, scenario) => {
    calls += 1;
    const id = String(calls);
    const model = scenario === 'refusing' ? `refusing-${format}/any` : `${format}/${scenario}.${id}`;
    const { body } = clients[client].request(model, stream);
    return await post(clients[client], mode, model, stream, JSON.stringify(body), () => clientHears(id));
  };
  const expectNormal = async () => {
    const check = async (mode: Mode, format: ConversationDialect) => {
      const heard = await ask({ client: 'openai-chat', mode, stream: true, format }, 'normal');
      expect({ format, mode, error: heard.error, content: heard.content }).toEqual({
        format,
        mode,
        error: undefined,
        content,
      });
    };
    await Promise.all(modes.flatMap((mode) => dialects.map((format) => check(mode, format))));
  };
  const descriptors = (mode: Mode) => readdirSync(`/proc/${gateways[mode].pid}/fd`).length;
  await expectNormal();
  const before = { passthrough: descriptors('passthrough'), translated: descriptors('translated') };

  return {
    gateways,
    upstream,
    stranger,
    ask,
    post,
    loggedError: async (mode, { headers }) => {
      const id = headers.get('x-request-id') ?? '';
      return (await eventually(() => lineOf[mode](id), 'the log line')).error;
    },
    async expectUnharmed() {
      for (const mode of modes)
        await settles(() => callsInFlight(gateways[mode]), 0, `calls in flight, ${mode}`);
      await expectNormal();
      for (const mode of modes)
        await settles(
          () => descriptors(mode),
          before[mode] + toleratedDescriptors,
          `open descriptors, ${mode}`,
        );
      await settles(upstream.open, 1, 'upstream connections');
      expect(stranger.accepted()).toBe(0);
      expect(leaks.splice(0)).toEqual([]);
      for (const mode of modes) {
        const written = gateways[mode].stdout() + gateways[mode].stderr();
        for (const secret of [upstreamKey, rootKey]) expect(written.includes(secret)).toBe(false);
      }
    },
    async stop() {
      await Promise.all(modes.map((mode) => gateways[mode].stop()));
      await upstream.stop();
      await stranger.stop();
    },
  };
}
