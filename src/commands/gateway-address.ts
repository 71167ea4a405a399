/** Where a running gateway is to be found. */
import { readSettings } from '../config/settings.ts';
import type { Invocation } from './command.ts';

/**
 * Without a trailing slash. `url` is as the flag says it; the settings, which may be wrong, are read only where nothing else says.
 * Throws a ConfigError.
 */
export async function baseOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  { environment, workingDirectory }: Invocation,
): Promise<string> {
  const { url, ...rest } = flags;
  const named = typeof url === 'string' ? url : (environment.OPENGATEWAY_URL ?? '');
  if (named !== '') return named.replace(/\/+$/, '');
  const { host, port } = await readSettings({ flags: rest, environment, workingDirectory });
  const reachable =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}
