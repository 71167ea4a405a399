/** Where a running gateway is to be found, and the root key to ask it with. */
import { readSettings } from '../config/settings.ts';
import type { Secret } from '../core/secret.ts';
import type { Invocation } from './command.ts';

export interface GatewayAddress {
  /** Without a trailing slash. */
  readonly base: string;
  readonly rootKey: Secret;
}

/** `url`: as the flag says it. Reads the settings as `serve` would; throws a ConfigError. */
export async function addressOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  { environment, workingDirectory }: Invocation,
): Promise<GatewayAddress> {
  const { url, ...rest } = flags;
  const { host, port, rootKey } = await readSettings({ flags: rest, environment, workingDirectory });
  const reachable =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  const named = typeof url === 'string' ? url : environment.OPENGATEWAY_URL;
  const base = named === undefined || named === '' ? `http://${reachable}:${port}` : named;
  return { base: base.replace(/\/+$/, ''), rootKey };
}
