/** Settings of the place the gateway runs in, each checked as it is read: the database, the secret, the proxies in front. */
import { join, resolve } from 'node:path';
import { Secret } from '../core/secret.ts';
import { ConfigError, type Locator } from './diagnostics.ts';

const leastSecret = 16;

export interface DatabasePlace {
  /** The database file, or where it would be: the server's secret and what is not in PostgreSQL yet stand beside it. */
  readonly databasePath: string;
  /** Of PostgreSQL. */
  readonly databaseUrl: Secret | undefined;
}

/** Throws a ConfigError for a database that is none of ours. The address may hold a password: it is never repeated. */
export function readDatabase(
  workingDirectory: string,
  dataDir: string,
  url: string | undefined,
  locate: Locator,
): DatabasePlace {
  const usual = resolve(workingDirectory, join(dataDir, 'opengateway.db'));
  if (url === undefined) return { databasePath: usual, databaseUrl: undefined };
  const isPostgres = /^postgres(?:ql)?:\/\//.test(url);
  if (isPostgres && URL.canParse(url)) return { databasePath: usual, databaseUrl: new Secret(url) };
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path !== undefined && path !== ':memory:' && !path.includes('?'))
    return { databasePath: resolve(workingDirectory, path), databaseUrl: undefined };
  const problem = isPostgres
    ? 'is no address: write `postgres://user:password@host:5432/database`, and what is special in a password as `%40`.'
    : 'must be `sqlite:<path>` or `postgres://…`.';
  throw new ConfigError([{ where: whereIs('databaseUrl', 'DATABASE_URL', locate), problem }]);
}

/** Throws a ConfigError for what is no address, and where Redis would be told of calls that no common ledger has. */
export function readRedis(
  url: string | undefined,
  database: DatabasePlace,
  locate: Locator,
): Secret | undefined {
  if (url === undefined) return undefined;
  const where = whereIs('redisUrl', 'REDIS_URL', locate);
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url))
    throw new ConfigError([{ where, problem: 'must be `redis://…` or `rediss://…`.' }]);
  if (database.databaseUrl !== undefined) return new Secret(url);
  const problem =
    'needs a database that several gateways share: without `DATABASE_URL=postgres://…` each would know its own spending alone. Leave it out for one gateway.';
  throw new ConfigError([{ where, problem }]);
}

/** Throws a ConfigError for one that could be guessed. */
export function readSecret(text: string | undefined, locate: Locator): Secret | undefined {
  if (text === undefined) return undefined;
  if (text.length >= leastSecret) return new Secret(text);
  const problem = `must have at least ${leastSecret} characters.`;
  throw new ConfigError([{ where: whereIs('secret', 'OPENGATEWAY_SECRET', locate), problem }]);
}

/** Throws a ConfigError that names the first which is no range. */
export async function readTrustedProxies(
  text: string | undefined,
  locate: Locator,
): Promise<readonly string[]> {
  const ranges = (text ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  if (ranges.length === 0) return [];
  const { parseRange } = await import('../identity/address-ranges.ts');
  const wrong = ranges.find((range) => parseRange(range) === undefined);
  if (wrong === undefined) return ranges;
  const problem = `'${wrong}' is no address and no CIDR range such as 10.0.0.0/8.`;
  throw new ConfigError([{ where: whereIs('trustedProxies', 'TRUSTED_PROXIES', locate), problem }]);
}

/** How many processes take calls. Throws a ConfigError where they could not share a port. */
export async function readWorkers(
  workers: number,
  locate: Locator,
  platform: string = process.platform,
): Promise<number> {
  if (workers === 1) return 1;
  if (platform === 'linux') {
    if (workers > 0) return workers;
    const { availableParallelism } = await import('node:os');
    return availableParallelism();
  }
  if (workers === 0) return 1;
  const problem = `must be 1 on ${platform}: only Linux shares a port evenly between processes.`;
  throw new ConfigError([{ where: whereIs('workers', 'WORKERS', locate), problem }]);
}

/** What the file says is overlaid by the variable, so the variable is where to look first. */
function whereIs(key: string, variable: string, locate: Locator): string {
  return `${locate.setting([key])} or ${locate.variable(variable)}`;
}
