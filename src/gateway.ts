/** The composition root: from settings to a running gateway. The only place that picks concrete parts. */
import type { Settings } from './config/settings.ts';
import { GatewayError } from './core/errors.ts';
import { version } from './core/version.ts';
import { type KnownSecrets, scrubberFor } from './gateway/scrubber.ts';
import { checkDeclared, declaredProviders, rosterFor } from './gateway/stored-credentials.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { socketOpeners } from './http/socket-surfaces.ts';
import type { AddressRanges } from './identity/address-ranges.ts';
import { createAuthenticator } from './identity/authenticator.ts';
import { CredentialVault } from './identity/credential-vault.ts';
import { KeyRing } from './identity/key-ring.ts';
import { defaultRootKey } from './identity/root-key.ts';
import { GuardedCounters } from './ledger/counters/guarded-counters.ts';
import { MemoryCounters } from './ledger/counters/memory-counters.ts';
import type { Counters } from './ledger/counters.ts';
import { KeptCatalogue } from './ledger/kept-catalogue.ts';
import { Ledger } from './ledger/ledger.ts';
import type { LedgerStore } from './ledger/ledger-store.ts';
import { PriceBook } from './ledger/price-book.ts';
import { createAdmission } from './pipeline/create-admission.ts';
import { createForwarder } from './pipeline/forward.ts';
import { createPipeline } from './pipeline/index.ts';
import { ObjectGuard } from './pipeline/objects/object-guard.ts';
import { ObjectOwners } from './pipeline/objects/object-owners.ts';
import { OpenCalls } from './pipeline/open-calls.ts';
import type { Provider } from './providers/provider.ts';
import { ModelList } from './routing/model-list.ts';
import { Router } from './routing/router.ts';
import { journalPathOf } from './storage/journal-path.ts';
import type { PostgresStorage } from './storage/postgres/postgres-storage.ts';
import { secretPathOf } from './storage/server-secret.ts';
import { SqliteLedger } from './storage/sqlite/ledger/sqlite-ledger.ts';
import { SqliteStorage } from './storage/sqlite/sqlite-storage.ts';
import { expose } from './telemetry/exposition.ts';
import { Log, standardOutput } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { snapshotOf, sumOf } from './telemetry/metrics-snapshot.ts';
import { Recorder } from './telemetry/recorder.ts';
import { JoinedPaths } from './upstream/address.ts';
import { TimerWheel } from './upstream/timer-wheel.ts';
import { OwnedCounters } from './workers/owned-counters.ts';
import { OwnedLedger } from './workers/owned-ledger.ts';
import type { OwnerLink } from './workers/owner-link.ts';
import type { LedgerPlace } from './workers/protocol.ts';
import type { Wire } from './workers/wire.ts';

export { StorageRefused } from './storage/storage-refused.ts';

export interface Gateway {
  readonly port: number;
  /** Where things are kept, for a person to read. */
  readonly storage: string;
  readonly log: Log;
  /** Those it started with, where they are others than the settings say. */
  readonly providers?: readonly Provider[];
  stop(): Promise<void>;
}

/** Most have no proxy in front, and nothing to load for it. */
async function trustedRanges({ trustedProxies }: Settings): Promise<AddressRanges | undefined> {
  if (trustedProxies.length === 0) return undefined;
  const { AddressRanges: Ranges } = await import('./identity/address-ranges.ts');
  return new Ranges(trustedProxies);
}

/** What calls are counted and kept with. */
interface Accounts {
  readonly store: LedgerStore & { close?(): void | Promise<void> };
  readonly counters: Counters & { close?(): Promise<void> };
  readonly kept: LedgerPlace;
}

/** Rejects with StorageRefused. */
export async function openAccounts(
  settings: Settings,
  storage: SqliteStorage | PostgresStorage,
  log: Log,
): Promise<Accounts> {
  return storage instanceof SqliteStorage
    ? sqliteAccounts(settings, log)
    : await postgresAccounts(settings, storage, log);
}

/** Counted here, where this gateway is the only one, and in Redis otherwise. */
async function postgresAccounts(settings: Settings, storage: PostgresStorage, log: Log): Promise<Accounts> {
  const { redisUrl, ledger, whenUncounted } = settings;
  const { whenUnavailable } = ledger;
  const store = await storage.openLedger({
    ...ledger,
    journalPath: journalPathOf(settings.databasePath, storage.id),
    onBehind: ({ message }) => log.event('error', 'ledger.behind', { message }),
    onRefused: (id, { message }) => log.event('error', 'ledger.refused', { request_id: id, message }),
  });
  const kept = { obstacle: undefined, isUnmade: false };
  if (redisUrl === undefined) {
    const load = (budgetId: string, sinceMs: number) => store.spent(budgetId, sinceMs);
    const counters = new GuardedCounters(new MemoryCounters({ load, whenUnavailable }), () => storage.isSole);
    return { store, counters, kept };
  }
  const { RedisCounters } = await import('./storage/redis/redis-counters.ts');
  const namespace = `opengateway:${storage.keyedHash('whose counts they are').slice(0, 16)}`;
  return {
    store,
    counters: await RedisCounters.open({
      url: redisUrl,
      load: (budgetId, sinceMs) => store.moved(budgetId, sinceMs),
      watch: (watcher) => store.watch(watcher),
      namespace,
      whenUncounted,
      onAway: (reason) => log.event('error', 'redis.away', { reason }),
      onBack: () => log.event('info', 'redis.back', {}),
    }),
    kept,
  };
}

function sqliteAccounts(settings: Settings, log: Log): Accounts {
  const store = new SqliteLedger({
    ...settings.ledger,
    databasePath: settings.databasePath,
    onBehind: ({ message }) => log.event('error', 'ledger.behind', { message }),
  });
  const counters = new MemoryCounters({
    load: (budgetId, sinceMs) => store.spent(budgetId, sinceMs),
    whenUnavailable: settings.ledger.whenUnavailable,
  });
  return { store, counters, kept: { obstacle: store.obstacle, isUnmade: store.isUnmade } };
}

async function ownedAccounts(wire: Wire): Promise<Accounts> {
  const kept = await wire.ask('ledger', null);
  return { store: new OwnedLedger(wire), counters: new OwnedCounters(wire), kept };
}

/** Where nothing was ever kept and nothing can be, what is called is called with the root key alone. */
export function isKept({ obstacle, isUnmade }: LedgerPlace, hasKeys: boolean): boolean {
  return obstacle === undefined || !isUnmade || hasKeys;
}

interface LedgerParts {
  readonly settings: Settings;
  readonly store: LedgerStore;
  readonly kept: LedgerPlace;
  readonly hasKeys: boolean;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Undefined where nothing is kept. */
function createLedger(parts: LedgerParts): Ledger | undefined {
  const { settings, store, kept, hasKeys, recorder, metrics, log } = parts;
  const { obstacle } = kept;
  if (!isKept(kept, hasKeys)) return undefined;
  return new Ledger({
    store,
    whenUnavailable: settings.ledger.whenUnavailable,
    onReleased: (record) => recorder.add(record),
    isQuiet: () => metrics.inFlight === 0,
    onStanding(failure) {
      metrics.ledgerIsAvailable = failure === undefined;
      if (failure === undefined) log.event('info', 'ledger.available');
      else log.event('error', 'ledger.unavailable', { message: failure.message });
    },
    onLost(records) {
      metrics.ledgerLost += records;
      log.event('error', 'ledger.lost', { records });
    },
    failure:
      obstacle === undefined
        ? undefined
        : new GatewayError('storage_unavailable', `The ledger cannot be written: ${obstacle}.`),
  });
}

/** `alone`: no other gateway may count calls on it meanwhile. Throws StorageRefused. */
export async function openStorage(
  settings: Settings,
  alone: boolean,
): Promise<SqliteStorage | PostgresStorage> {
  const { databaseUrl, databasePath, secret } = settings;
  if (databaseUrl === undefined) return new SqliteStorage({ ...settings, alone });
  const { PostgresStorage: Storage } = await import('./storage/postgres/postgres-storage.ts');
  return await Storage.open({
    databaseUrl,
    secret,
    secretPath: secretPathOf(databasePath),
    alone: alone && settings.redisUrl === undefined,
  });
}

/** `owner`: who keeps what this worker has in common with others. Throws StorageRefused, or what the socket throws. */
export async function startGateway(settings: Settings, owner?: OwnerLink): Promise<Gateway> {
  const storage = await openStorage(settings, owner === undefined);
  const secrets: KnownSecrets = { stored: [] };
  const log = new Log(settings.logLevel, scrubberFor(settings, storage.secrets, secrets), standardOutput());
  const metrics = new Metrics();
  const recorder = new Recorder(log, metrics);
  const counted = () => {
    recorder.flush();
    return snapshotOf(metrics, process.memoryUsage.rss());
  };
  const wire = owner?.connect({ changed: () => storage.changes.hear(), metrics: counted });
  if (wire !== undefined) storage.changes.relay(() => wire.tell('changed', null));
  const { store, counters, kept } =
    wire === undefined ? await openAccounts(settings, storage, log) : await ownedAccounts(wire);
  const ledger = createLedger({ settings, store, kept, hasKeys: storage.hasAny, recorder, metrics, log });
  const wheel = new TimerWheel();
  const keys = new KeyRing(storage);
  const authenticate = createAuthenticator(settings, keys);
  const { upstream, aliases, maxEventBytes, heartbeatMs, clientStallMs } = settings;
  const vault = new CredentialVault(storage);
  const roster = rosterFor(settings, storage, vault, log);
  secrets.stored = roster.secrets;
  checkDeclared(settings, await storage.listCredentials());
  await roster.reload();
  storage.changes.subscribe(() => {
    roster.reload().catch((thrown: unknown) => {
      log.event('error', 'credentials.unavailable', { reason: String(thrown) });
    });
  });
  const router = new Router({
    aliases,
    get providers() {
      return roster.providers;
    },
    get disabled() {
      return roster.disabled;
    },
  });
  const prices = new PriceBook(settings.prices, new KeptCatalogue(settings.cataloguePath));
  const models = new ModelList({
    ...{ aliases, wheel, upstream, log },
    known: (provider) => prices.modelsOf(provider),
    get providers() {
      return roster.providers;
    },
  });
  const services = {
    authenticate,
    router,
    metrics,
    recorder,
    ledger,
    body: settings,
    attempt: {
      wheel,
      upstream,
      paths: new JoinedPaths(),
      prices,
      admission: createAdmission({ ...settings, counters, log, metrics, wheel }),
      forceTranslate: settings.forceTranslate,
    },
    stream: { wheel, heartbeatMs, clientStallMs, maxEventBytes },
    objects: new ObjectGuard(new ObjectOwners(storage.objects, log), settings.unknownObjects),
    openCalls: new OpenCalls(keys, storage.changes, wheel),
  };
  const pipeline = createPipeline(services);
  const servers = {
    pipeline,
    forward: createForwarder(services),
    admin: {
      store: storage,
      isDefaultRoot: settings.rootKey.reveal() === defaultRootKey,
      body: settings,
      counters,
      ledger: store,
    },
    credentials: { vault, providers: declaredProviders(settings), reload: () => roster.reload() },
    authenticate,
    models,
    router,
    async expose() {
      const all = (await wire?.ask('metrics', null)) ?? counted();
      return await expose(sumOf([all]), version, all.residentBytes);
    },
    log,
  };
  const server: RunningServer = startServer(
    { ...settings, trustedProxies: await trustedRanges(settings), sharesPort: wire !== undefined },
    servers,
    socketOpeners(services, pipeline),
  );
  wire?.tell('listening', { port: server.port });
  return {
    port: server.port,
    storage: storage.description,
    log,
    ...(roster.providers !== settings.providers && { providers: roster.providers }),
    async stop() {
      await server.stop(settings.drainMs);
      await ledger?.close();
      await store.close?.();
      await counters.close?.();
      recorder.flush();
      await wire?.ask('goodbye', counted());
      await log.flush();
      storage.close();
    },
  };
}
