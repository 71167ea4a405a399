/** The headers of a request to a provider: its own, and those of the client's that it is known to act on. */
import type { BetaFilter, Provider } from '../providers/provider.ts';
import { matchesModel } from '../routing/model-pattern.ts';

const betaHeader = 'anthropic-beta';

/** The values of `anthropic-beta` a provider is to see; undefined when none is left. */
function filterBetas(value: string, { allow, deny }: BetaFilter): string | undefined {
  const kept = value
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '')
    .filter((beta) => allow === undefined || allow.some((pattern) => matchesModel(pattern, beta)))
    .filter((beta) => deny?.some((pattern) => matchesModel(pattern, beta)) !== true);
  return kept.length === 0 ? undefined : kept.join(',');
}

export function requestHeaders(provider: Provider, client: Headers): Record<string, string> {
  if (provider.forwardHeaders.length === 0) return provider.headers;
  let headers: Record<string, string> | undefined;
  for (const name of provider.forwardHeaders) {
    const sent = client.get(name);
    if (sent === null) continue;
    const { betas } = provider;
    const value = name === betaHeader && betas !== undefined ? filterBetas(sent, betas) : sent;
    if (value === undefined) continue;
    headers ??= { ...provider.headers };
    headers[name] = value;
  }
  return headers ?? provider.headers;
}
