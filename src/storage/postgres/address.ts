/** `postgres://…` read whole: who and where, how the line is secured, and what a person may be told of it. */
import { readFileSync } from 'node:fs';
import { StorageRefused } from '../storage-refused.ts';

/** As `tls.connect` takes it; `prefer`: encrypted where the server can. */
export type LineSecurity =
  | 'prefer'
  | false
  | {
      readonly rejectUnauthorized: boolean;
      readonly host: string;
      readonly ca?: string;
      readonly cert?: string;
      readonly key?: string;
      readonly checkServerIdentity?: () => undefined;
    };

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket, instead of host and port. */
  readonly path: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly security: LineSecurity;
  /** Startup parameters: `options`, `application_name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Without the password. */
  readonly description: string;
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

function pem(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new StorageRefused(`${name} cannot be read: ${String(thrown)}.`, { cause: thrown });
  }
}

/** As the server's own clients understand `sslmode`: what encrypts does not always ask whom it talks to. */
function securityOf(host: string, take: (name: string) => string | undefined): LineSecurity {
  const asked = take('sslmode') ?? 'prefer';
  const mode = modes.find((known) => known === asked);
  if (mode === undefined) throw new StorageRefused(`sslmode must be one of ${modes.join(', ')}.`);
  const root = take('sslrootcert');
  const ca = root === 'system' ? undefined : pem('sslrootcert', root);
  const cert = pem('sslcert', take('sslcert'));
  const key = pem('sslkey', take('sslkey'));
  if (mode === 'disable') return false;
  if (mode === 'allow' || mode === 'prefer') return 'prefer';
  const files = { ...(ca !== undefined && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const isFull = mode === 'verify-full' || root === 'system';
  const rejectUnauthorized = isFull || mode === 'verify-ca' || ca !== undefined;
  if (isFull) return { ...files, rejectUnauthorized, host };
  return { ...files, rejectUnauthorized, host, checkServerIdentity: () => undefined };
}

/** Throws StorageRefused. What it says never holds the address, which may hold a password. */
export function readAddress(text: string): PostgresAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch (thrown) {
    throw new StorageRefused('the address is none: `postgres://user:password@host:5432/database`.', {
      cause: thrown,
    });
  }
  const query = new Map(url.searchParams);
  const take = (name: string) => {
    const value = query.get(name);
    query.delete(name);
    return value === '' ? undefined : value;
  };
  const part = (value: string) => {
    try {
      return value === '' ? undefined : decodeURIComponent(value);
    } catch {
      throw new StorageRefused('a part of the address is badly encoded: write `%` as `%25`.');
    }
  };
  const host = take('host') ?? part(url.hostname.replace(/^\[(.*)\]$/, '$1')) ?? 'localhost';
  const port = Number(take('port') ?? (url.port || '5432'));
  const user = take('user') ?? part(url.username) ?? 'postgres';
  const password = take('password') ?? part(url.password) ?? '';
  const database = take('dbname') ?? part(url.pathname.slice(1)) ?? user;
  if (host.includes(',')) throw new StorageRefused('the address may name one host only.');
  const path = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined;
  const security = securityOf(host, take);
  if (take('channel_binding') === 'require')
    throw new StorageRefused('channel_binding=require is not supported: leave it out, or write verify-full.');
  const parameters: Record<string, string> = { application_name: 'opengateway' };
  for (const name of ['application_name', 'options']) {
    const value = take(name);
    if (value !== undefined) parameters[name] = value;
  }
  const [unknown] = query.keys();
  if (unknown !== undefined)
    throw new StorageRefused(`the parameter '${unknown}' of the address is not known.`);
  const place = path === undefined ? `${host.includes(':') ? `[${host}]` : host}:${port}` : host;
  return {
    host,
    port,
    path,
    user,
    password,
    database,
    security: path === undefined ? security : false,
    parameters,
    description: `PostgreSQL ${database} at ${place}`,
  };
}
