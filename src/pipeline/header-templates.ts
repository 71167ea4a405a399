/**
 * What the headers of many replies have in common. A reply copies it and overwrites what is its own: cheaper than to build a set,
 * and cheaper than to add to one.
 */
import type { Target } from '../providers/provider.ts';
import { type Rates, usualNames } from './rate-names.ts';

type Mode = 'passthrough' | 'translated';

/** By the limit of requests, then by that of tokens. */
type Variants = Map<number, Map<number, Headers>>;

/** In place of a limit that is not there. */
const none = -1;
/** Media types and limits come from outside. */
const mostVariants = 100;

export const costHeader = 'x-opengateway-cost-usd';

/** Written, or taken out, by every reply that has a template. */
const own = ['x-request-id', 'x-opengateway-overhead-ms', costHeader] as const;

/** Names may come from the client: anything but plain ASCII would break the header, and with it the reply. */
export function headerText(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}

function made(target: Target, mode: Mode, contentType: string, { requests, tokens }: Rates): Headers {
  const headers = new Headers({
    'content-type': contentType,
    'x-opengateway-provider': target.provider.name,
    'x-opengateway-model': headerText(target.model),
    'x-opengateway-mode': mode,
    'x-opengateway-attempts': '1',
  });
  for (const name of own) headers.set(name, '');
  for (const [names, rate] of [
    [usualNames.requests, requests],
    [usualNames.tokens, tokens],
  ] as const) {
    if (rate === undefined) continue;
    headers.set(names.limit, String(rate.limit));
    headers.set(names.remaining, '');
    headers.set(names.reset, '');
  }
  return headers;
}

export class HeaderTemplates {
  readonly #byTarget = new WeakMap<Target, Readonly<Record<Mode, Map<string, Variants>>>>();

  /** To be copied; `rates`: what is told in OpenAI's headers, of which each limit is there already. */
  of(target: Target, mode: Mode, contentType: string, rates: Rates): Headers {
    const requests = rates.requests?.limit ?? none;
    const tokens = rates.tokens?.limit ?? none;
    const known = this.#byTarget.get(target)?.[mode].get(contentType)?.get(requests)?.get(tokens);
    if (known !== undefined) return known;
    const template = made(target, mode, contentType, rates);
    entry(entry(this.#typesOf(target)[mode], contentType), requests).set(tokens, template);
    return template;
  }

  #typesOf(target: Target): Readonly<Record<Mode, Map<string, Variants>>> {
    let types = this.#byTarget.get(target);
    if (types === undefined) {
      types = { passthrough: new Map(), translated: new Map() };
      this.#byTarget.set(target, types);
    }
    return types;
  }
}

function entry<Key, Name, Value>(map: Map<Key, Map<Name, Value>>, key: Key): Map<Name, Value> {
  let found = map.get(key);
  if (found === undefined || found.size >= mostVariants) {
    if (map.size >= mostVariants) map.clear();
    found = new Map();
    map.set(key, found);
  }
  return found;
}
