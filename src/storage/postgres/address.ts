/** `postgres://…` read whole: who and where, how the line is secured, and what a person may be told of it. */
import { AddressParameters, decodedPart, hostAndPort, hostOf } from '../address-parts.ts';
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

/** As the server's own clients understand `sslmode`: what encrypts does not always ask whom it talks to. */
function securityOf(host: string, parameters: AddressParameters): LineSecurity {
  const asked = parameters.take('sslmode') ?? 'prefer';
  const mode = modes.find((known) => known === asked);
  if (mode === undefined) throw new StorageRefused(`sslmode must be one of ${modes.join(', ')}.`);
  const isSystem = parameters.has('sslrootcert', 'system');
  const ca = isSystem ? undefined : parameters.takeFile('sslrootcert');
  const cert = parameters.takeFile('sslcert');
  const key = parameters.takeFile('sslkey');
  if (mode === 'disable') return false;
  if (mode === 'allow' || mode === 'prefer') return 'prefer';
  const files = { ...(ca !== undefined && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const isFull = mode === 'verify-full' || isSystem;
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
  const parameters = new AddressParameters(url);
  const take = (name: string) => parameters.take(name);
  const host = take('host') ?? hostOf(url) ?? 'localhost';
  const port = Number(take('port') ?? (url.port || '5432'));
  const user = take('user') ?? decodedPart(url.username) ?? 'postgres';
  const password = take('password') ?? decodedPart(url.password) ?? '';
  const database = take('dbname') ?? decodedPart(url.pathname.slice(1)) ?? user;
  if (host.includes(',')) throw new StorageRefused('the address may name one host only.');
  const path = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined;
  const security = securityOf(host, parameters);
  if (take('channel_binding') === 'require')
    throw new StorageRefused('channel_binding=require is not supported: leave it out, or write verify-full.');
  const startup: Record<string, string> = { application_name: 'opengateway' };
  for (const name of ['application_name', 'options']) {
    const value = take(name);
    if (value !== undefined) startup[name] = value;
  }
  parameters.finish();
  const place = path === undefined ? hostAndPort(host, port) : host;
  return {
    host,
    port,
    path,
    user,
    password,
    database,
    security: path === undefined ? security : false,
    parameters: startup,
    description: `PostgreSQL ${database} at ${place}`,
  };
}
