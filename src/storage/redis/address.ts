/** `redis://…` and `rediss://…` read whole: who and where, how the line is secured, and what a person may be told of it. */
import { AddressParameters, decodedPart, hostAndPort, hostOf } from '../address-parts.ts';
import { StorageRefused } from '../storage-refused.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Absent for the server's own default user. */
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly db: number;
  /** Absent where the line is in the clear. The server's name is asked for whenever it is there. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Without the password. */
  readonly description: string;
}

const usualPort = 6379;

function databaseOf(pathname: string): number {
  const text = pathname.replace(/^\//, '');
  if (/^\d{0,5}$/.test(text)) return Number(text);
  throw new StorageRefused('what stands behind the host is no number of a database: `redis://host:6379/0`.');
}

/** Throws StorageRefused. What it says never holds the address, which may hold a password. */
export function readRedisAddress(text: string): RedisAddress {
  try {
    return readParts(new URL(text));
  } catch (thrown) {
    if (thrown instanceof StorageRefused) thrown.place = 'Redis at `REDIS_URL`';
    throw thrown;
  }
}

function readParts(url: URL): RedisAddress {
  const parameters = new AddressParameters(url);
  const isSecured = url.protocol === 'rediss:';
  const host = hostOf(url) ?? 'localhost';
  if (host.includes(',')) throw new StorageRefused('the address may name one host only.');
  const port = Number(url.port || usualPort);
  const username = decodedPart(url.username);
  const password = decodedPart(url.password);
  if (username !== undefined && password === undefined)
    throw new StorageRefused('the address names a user and no password.');
  const ca = isSecured ? parameters.takeFile('sslrootcert') : undefined;
  const cert = isSecured ? parameters.takeFile('sslcert') : undefined;
  const key = isSecured ? parameters.takeFile('sslkey') : undefined;
  parameters.finish();
  return {
    ...{ host, port, db: databaseOf(url.pathname) },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isSecured && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    description: `Redis at ${hostAndPort(host, port)}`,
  };
}
