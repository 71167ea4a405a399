/** The way of one call without sockets: a made-up upstream inside the process, and a record of all that happened. */
import { Secret } from '../../src/core/secret.ts';
import { endpoints } from '../../src/http/endpoints.ts';
import { forwardEndpoints, forwardedPath } from '../../src/http/surfaces.ts';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import { ChangeFeed } from '../../src/identity/changes.ts';
import type { KeyRing } from '../../src/identity/key-ring.ts';
import type { ObjectStore } from '../../src/identity/object-store.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';
import type { CapsSettings } from '../../src/ledger/caps-settings.ts';
import { Catalogue } from '../../src/ledger/catalogue.ts';
import { MemoryCounters } from '../../src/ledger/counters/memory-counters.ts';
import type { Counters } from '../../src/ledger/counters.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { LedgerStore } from '../../src/ledger/ledger-store.ts';
import { PriceBook, type PriceSettings } from '../../src/ledger/price-book.ts';
import { UsualOutput } from '../../src/ledger/usual-output.ts';
import { Admission } from '../../src/pipeline/admission.ts';
import { BudgetWarnings } from '../../src/pipeline/budget-warnings.ts';
import type { InferenceEndpoint } from '../../src/pipeline/call-context.ts';
import { CapsBook } from '../../src/pipeline/caps-book.ts';
import { createForwarder } from '../../src/pipeline/forward.ts';
import { createPipeline, type PipelineServices } from '../../src/pipeline/index.ts';
import { ObjectGuard } from '../../src/pipeline/objects/object-guard.ts';
import { ObjectOwners } from '../../src/pipeline/objects/object-owners.ts';
import { OpenCalls } from '../../src/pipeline/open-calls.ts';
import type { Webhook } from '../../src/pipeline/webhook.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { Router } from '../../src/routing/router.ts';
import { Log } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { Recorder } from '../../src/telemetry/recorder.ts';
import { createScrubber } from '../../src/telemetry/redaction.ts';
import { JoinedPaths } from '../../src/upstream/address.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { definitionNamed, providerNamed } from '../routing/party.ts';

export const rootKey = 'sk-root-of-the-tests';
export const upstreamKey = 'sk-upstream-of-the-tests';
export const modes = ['passthrough', 'translated'] as const;

export interface InProcessOptions {
  readonly transport: FetchLike;
  readonly mode?: (typeof modes)[number];
  readonly rootKey?: string;
  readonly upstreamKey?: string;
  readonly isLocal?: boolean;
  readonly keys?: Pick<KeyRing, 'find'>;
  readonly maxEventBytes?: number;
  readonly prices?: PriceSettings;
  readonly counters?: Counters;
  readonly caps?: Partial<CapsSettings>;
  readonly webhook?: Webhook;
  /** Where the ledger keeps its entries; without it there is none. */
  readonly commit?: LedgerStore['commit'];
  readonly provider?: Partial<Provider>;
  readonly objects?: ObjectStore;
  /** Before that one. */
  readonly providers?: readonly Provider[];
  /** Beside those that are served. */
  readonly endpoints?: readonly InferenceEndpoint[];
}

export const noCaps: CapsSettings = {
  everything: undefined,
  models: [],
  customers: new Map(),
  eachCustomer: undefined,
  unknownPrice: 'refuse',
  usualOutputTokens: 500,
};

/** Forgets everything. */
const nothingKept: ObjectStore = {
  findObjects: async () => [],
  addObjects: async () => {},
  removeObject: async () => {},
};

export interface Called {
  readonly response: Response;
  /** The whole body; empty where it was not read. */
  readonly text: string;
  readonly record: Partial<CallRecord> & Record<string, unknown>;
}

export interface Stage {
  call(request: Request): Promise<Called>;
  /** The reply alone, its body not read yet. */
  respond(request: Request): Promise<Response>;
  lastRecord(): Promise<Called['record']>;
  readonly metrics: Metrics;
  readonly wheel: TimerWheel;
  logText(): Promise<string>;
}

export function requestFor(path: string, body: unknown, init: RequestInit = {}): Request {
  return new Request(`http://gateway${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    ...init,
  });
}

function ledgerOf(commit: LedgerStore['commit'], recorder: Recorder): Ledger {
  return new Ledger({
    store: { commit, spent: async () => [], usage: async () => [] },
    whenUnavailable: 'refuse',
    onReleased: (record) => recorder.add(record),
    onStanding: () => {},
    onLost: () => {},
    retryMs: 60_000,
  });
}

export function stageWith(options: InProcessOptions): Stage {
  const key = options.upstreamKey ?? upstreamKey;
  const provider: Provider = {
    ...providerNamed('p', { dialects: ['openai-chat', 'openai-embeddings'], transport: options.transport }),
    credential: new Secret(key),
    headers: { authorization: `Bearer ${key}` },
    ...options.provider,
  };
  const own = new Secret(options.rootKey ?? rootKey);
  const wheel = new TimerWheel();
  const written: string[] = [];
  const log = new Log('debug', createScrubber([own, new Secret(key)]), (lines) => {
    written.push(lines);
    return undefined;
  });
  const metrics = new Metrics();
  const recorder = new Recorder(log, metrics);
  const { maxEventBytes = 1 << 20 } = options;
  const caps: CapsSettings = { ...noCaps, ...options.caps };
  const services: PipelineServices = {
    authenticate: createAuthenticator(
      { rootKey: own, requireAuth: true },
      options.keys ?? { find: () => undefined },
    ),
    router: new Router({
      providers: [...(options.providers ?? []), provider],
      disabled: [definitionNamed('gamma')],
      aliases: { fast: 'p/m' },
    }),
    metrics,
    recorder,
    ledger: options.commit && ledgerOf(options.commit, recorder),
    body: { maxBodyBytes: 20_000, maxDepth: 16 },
    attempt: {
      wheel,
      prices: new PriceBook(options.prices ?? { unknown: 'flag', models: {} }, {
        load: async () => new Catalogue('{}\n'),
        isStale: () => false,
      }),
      admission: new Admission({
        counters: options.counters ?? new MemoryCounters({ load: async () => [] }),
        caps: new CapsBook(caps),
        usual: new UsualOutput(caps.usualOutputTokens),
        unknownPrice: caps.unknownPrice,
        warnings: new BudgetWarnings(log, metrics, options.webhook),
        metrics,
        onFailure: (thrown) => log.event('error', 'settle.failed', { reason: String(thrown) }),
      }),
      upstream: { connectMs: 100, firstByteMs: 100, idleMs: 300, maxReplyBytes: 100_000 },
      paths: new JoinedPaths(),
      forceTranslate: options.mode === 'translated',
    },
    stream: { wheel, heartbeatMs: 60_000, clientStallMs: 60_000, maxEventBytes },
    objects: new ObjectGuard(new ObjectOwners(options.objects ?? nothingKept, log), 'refuse'),
    openCalls: new OpenCalls({ recall: () => new Promise(() => {}) }, new ChangeFeed(), wheel),
  };
  const pipeline = createPipeline(services);
  const forward = createForwarder(services);
  const logText = async () => {
    recorder.flush();
    await log.flush();
    return written.join('');
  };
  const lastRecord = async () => {
    const lines = (await logText()).trim().split('\n');
    return JSON.parse(lines.at(-1) ?? '{}') as Called['record'];
  };
  const respond = async (request: Request) => {
    const path = new URL(request.url).pathname;
    const endpoint = [...(options.endpoints ?? []), ...endpoints].find(
      (candidate) => candidate.path === path,
    );
    const surface = forwardEndpoints.find(
      (candidate) =>
        candidate.path === path || `${path.slice(0, path.lastIndexOf('/'))}/*` === candidate.path,
    );
    const peer = {
      request,
      isLocal: () => options.isLocal ?? true,
      address: () => '127.0.0.1',
      keepOpen: () => {},
    };
    if (endpoint === undefined && surface === undefined) throw new Error(`no endpoint at ${path}`);
    const response =
      endpoint !== undefined
        ? await pipeline(endpoint, peer)
        : surface && (await forward(surface, forwardedPath(request.url, surface), peer));
    if (response === undefined) throw new Error('nobody answered');
    return response;
  };
  return {
    metrics,
    wheel,
    logText,
    lastRecord,
    respond,
    async call(request) {
      const response = await respond(request);
      const text = await response.text();
      return { response, text, record: await lastRecord() };
    },
  };
}

export const chat = { model: 'p/m', messages: [{ role: 'user', content: 'hi' }] };
export const reply = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 5,
  model: 'm-2026',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello é漢😀' },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  x_vendor: { kept: [null] },
};

export function eventStream(...pieces: readonly (string | Uint8Array)[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
