/** The settings the gateway runs with: everything resolved, every default filled in, every provider complete. */
import { resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import type { CapsSettings, WhenUncounted } from '../ledger/caps-settings.ts';
import type { WhenUnavailable } from '../ledger/ledger.ts';
import type { PriceSettings } from '../ledger/price-book.ts';
import { createDemoProvider } from '../providers/demo.ts';
import type { Provider, ProviderDefinition } from '../providers/provider.ts';
import type { LogLevel } from '../telemetry/log.ts';
import type { UpstreamLimits } from '../upstream/exchange.ts';
import { readCaps } from './caps.ts';
import { readDatabase, readRedis, readSecret, readTrustedProxies, readWorkers } from './deployment.ts';
import { type CredentialSettings, readProviders } from './providers.ts';
import { configSchema } from './schema.ts';
import { readSources, type SourceOptions } from './sources.ts';

export interface LedgerSettings {
  readonly whenUnavailable: WhenUnavailable;
  readonly isSynced: boolean;
  /** With PostgreSQL. */
  readonly journalMaxEntries: number;
  /** Undefined: entries are kept forever. */
  readonly retentionDays: number | undefined;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Processes that take calls. */
  readonly workers: number;
  readonly rootKey: Secret;
  readonly requireAuth: boolean;
  /** The database file, or where it would be; the server's secret stands beside it. */
  readonly databasePath: string;
  /** Of PostgreSQL; undefined where the file it is. */
  readonly databaseUrl: Secret | undefined;
  /** With PostgreSQL alone: where several gateways count together. */
  readonly redisUrl: Secret | undefined;
  /** What keys are hashed with; undefined where it is drawn and kept beside the database. */
  readonly secret: Secret | undefined;
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
  readonly maxEventBytes: number;
  readonly upstream: UpstreamLimits;
  readonly requestBodyMs: number;
  readonly clientStallMs: number;
  readonly drainMs: number;
  readonly heartbeatMs: number;
  readonly prices: PriceSettings;
  /** Where a newer price catalogue comes from: an address, or a file, absolute; undefined for none. */
  readonly catalogueSource: string | undefined;
  /** Where it is kept. */
  readonly cataloguePath: string;
  readonly caps: CapsSettings;
  /** What becomes of calls that cannot be counted for the moment. */
  readonly whenUncounted: WhenUncounted;
  /** Where warnings of budgets are posted to. */
  readonly budgetWebhook: string | undefined;
  readonly ledger: LedgerSettings;
  /** What becomes of ids nobody here remembers. */
  readonly unknownObjects: 'refuse' | 'allow';
  readonly aliases: Readonly<Record<string, string>>;
  readonly providers: readonly Provider[];
  /** How credentials that are kept in the storage go together with these. */
  readonly credentials: CredentialSettings;
  /** Known providers that nothing enables. */
  readonly disabled: readonly ProviderDefinition[];
  /** The echo model answers because no provider is configured. */
  readonly isDemo: boolean;
  readonly forceTranslate: boolean;
  readonly configPath: string | undefined;
}

interface Described {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** The schema's own defaults, so that they stand in one place. */
function withDefaults<T extends object>(schema: Described, value: T | undefined): Required<T> {
  const filled: Record<string, unknown> = { ...value };
  for (const [key, property] of Object.entries(schema.properties ?? {}))
    if (filled[key] === undefined && property.default !== undefined) filled[key] = property.default;
  return filled as Required<T>;
}

function catalogueSource(workingDirectory: string, said: string | undefined): string | undefined {
  if (said === undefined || /^https?:\/\//.test(said)) return said;
  return resolve(workingDirectory, said);
}

/** Throws a ConfigError with everything that is wrong. */
export async function readSettings(options: SourceOptions): Promise<Settings> {
  const { environment, file, configPath, locate } = await readSources(options);
  const root = withDefaults(configSchema, file);
  const limits = withDefaults(configSchema.properties.limits, file.limits);
  const prices = withDefaults(configSchema.properties.prices, file.prices);
  const ledger = withDefaults(configSchema.properties.ledger, file.ledger);
  const timeouts = withDefaults(configSchema.properties.timeouts, file.timeouts);
  const database = readDatabase(options.workingDirectory, root.dataDir, file.databaseUrl, locate);
  const { providers, disabled, credentials } = readProviders(file.providers ?? {}, environment, locate);
  const isDemo = providers.length === 0;
  return {
    host: root.host,
    port: root.port,
    workers: await readWorkers(root.workers, locate),
    rootKey: new Secret(root.rootKey),
    requireAuth: root.requireAuth,
    ...database,
    redisUrl: readRedis(file.redisUrl, database, locate),
    secret: readSecret(file.secret, locate),
    trustedProxies: await readTrustedProxies(file.trustedProxies, locate),
    logLevel: root.debug ? 'debug' : (root.logLevel.toLowerCase() as LogLevel),
    maxBodyBytes: limits.maxBodyBytes,
    maxDepth: limits.maxDepth,
    maxEventBytes: limits.maxEventBytes,
    upstream: {
      connectMs: timeouts.connectMs,
      firstByteMs: timeouts.firstByteMs,
      idleMs: timeouts.idleMs,
      maxReplyBytes: limits.maxReplyBytes,
    },
    requestBodyMs: timeouts.requestBodyMs,
    clientStallMs: timeouts.clientStallMs,
    drainMs: timeouts.drainMs,
    heartbeatMs: root.heartbeatMs,
    unknownObjects: withDefaults(configSchema.properties.objects, file.objects).unknown,
    catalogueSource: catalogueSource(options.workingDirectory, file.prices?.catalogue),
    cataloguePath: resolve(options.workingDirectory, root.dataDir, 'prices.jsonl'),
    prices: { unknown: prices.unknown, models: file.prices?.models ?? {} },
    whenUncounted: withDefaults(configSchema.properties.whenUncounted, file.whenUncounted),
    caps: readCaps(file.caps, withDefaults(configSchema.properties.budgets, file.budgets), locate),
    budgetWebhook: file.webhooks?.budgetWarning,
    ledger: {
      whenUnavailable: ledger.whenUnavailable,
      isSynced: ledger.synchronous === 'full',
      journalMaxEntries: ledger.journalMaxEntries,
      retentionDays: file.ledger?.retentionDays,
    },
    aliases: file.aliases ?? {},
    providers: isDemo ? [createDemoProvider()] : providers,
    disabled,
    credentials,
    isDemo,
    forceTranslate: environment.OPENGATEWAY_FORCE_TRANSLATE === '1',
    configPath,
  };
}
