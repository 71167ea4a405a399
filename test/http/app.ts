/** The routes without a socket: an app with a pipeline that only says it was reached. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../src/core/secret.ts';
import { createApp } from '../../src/http/app.ts';
import { probesOf } from '../../src/http/probes.ts';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import { CredentialVault } from '../../src/identity/credential-vault.ts';
import type { IdentityStore } from '../../src/identity/identity-store.ts';
import { KeyRing } from '../../src/identity/key-ring.ts';
import { defaultRootKey } from '../../src/identity/root-key.ts';
import { MemoryCounters } from '../../src/ledger/counters/memory-counters.ts';
import type { Counters } from '../../src/ledger/counters.ts';
import type { LedgerStore } from '../../src/ledger/ledger-store.ts';
import { createDemoProvider } from '../../src/providers/demo.ts';
import { ModelList } from '../../src/routing/model-list.ts';
import { Router } from '../../src/routing/router.ts';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { expose } from '../../src/telemetry/exposition.ts';
import { Log } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { providerNamed } from '../routing/party.ts';

const usualRootKey = 'sk-root-of-the-routes';

export interface AppOptions {
  readonly isReady?: () => boolean;
  readonly isLocal?: boolean;
  readonly requireAuth?: boolean;
  readonly address?: string;
  readonly rootKey?: string;
  /** A SQLite of its own when absent. */
  readonly store?: IdentityStore;
  readonly counters?: Counters;
  /** Nothing was used when absent. */
  readonly ledger?: Pick<LedgerStore, 'usage'>;
}

/** Where nothing is kept until something is written; every app has its own. */
function newStorage(): SqliteStorage {
  const databasePath = join(tmpdir(), `opengateway-app-${crypto.randomUUID()}`, 'opengateway.db');
  return new SqliteStorage({ databasePath, secret: new Secret('a secret of the tests') });
}

export function appWith(options: AppOptions = {}) {
  const { isReady = () => true, isLocal = false, requireAuth = true, rootKey = usualRootKey } = options;
  const { store = newStorage() } = options;
  let isHere = isLocal;
  const keys = new KeyRing(store);
  let address = options.address;
  const log = new Log(
    'error',
    (text) => text,
    () => undefined,
  );
  const listing = async () => Response.json({ data: [{ id: 'org/deep/model' }, { id: 'a b%2Fc' }] });
  const providers = [createDemoProvider(), providerNamed('p', { transport: listing })];
  const aliases = { fast: 'demo/echo' };
  const models = new ModelList({
    providers,
    aliases,
    wheel: new TimerWheel(),
    upstream: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, maxReplyBytes: 1 << 20 },
    log,
    known: async () => [],
  });
  const metrics = new Metrics();
  const app = createApp({
    pipeline: async (endpoint) => Response.json({ reached: endpoint.path }),
    forward: async (endpoint, path) =>
      Response.json({ reached: endpoint.path, surface: endpoint.surface, path }),
    authenticate: createAuthenticator({ rootKey: new Secret(rootKey), requireAuth }, keys),
    admin: {
      store,
      isDefaultRoot: rootKey === defaultRootKey,
      body: { maxBodyBytes: 100_000, maxDepth: 16 },
      counters: options.counters ?? new MemoryCounters({ load: async () => [] }),
      ledger: options.ledger ?? { usage: async () => [] },
    },
    credentials: {
      vault: new CredentialVault(store),
      providers: {
        declared: ['p'],
        declaredAt: (provider) => (provider === 'p' ? 'environment P_API_KEY' : undefined),
        problemWith: (provider) => (provider === 'nobody' ? 'There is no such provider.' : undefined),
      },
      reload: async () => {},
    },
    models,
    router: new Router({ providers, disabled: [], aliases }),
    expose: () => expose(metrics, 'v'),
    log,
    probes: probesOf(isReady),
    peerOf: (request) => ({ request, isLocal: () => isHere, address: () => address, keepOpen: () => {} }),
  });
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    await app.fetch(
      new Request(`http://gateway${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  return {
    app,
    ask,
    rootKey,
    comeFromElsewhere() {
      isHere = false;
    },
    /** From where the requests that follow come. */
    comeFrom(from: string | undefined) {
      address = from;
    },
    asRoot: (method: string, path: string) => ask(method, path, { authorization: `Bearer ${rootKey}` }),
  };
}
