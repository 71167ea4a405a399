/** Built-in providers as their variables configure them, in front of an upstream that a test scripts. */
import { readProviders } from '../../src/config/providers.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import type { Transport } from '../../src/upstream/transport.ts';

export interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Answer = (sent: Sent) => Response;

/** What goes upstream is noted in `sent`, as the provider's own transport would have sent it. */
export function scripted(answer: Answer, sent: Sent[] = []): FetchLike {
  return async (url, init) => {
    const body = typeof init.body === 'string' && init.body !== '' ? JSON.parse(init.body) : undefined;
    const noted: Sent = { url, headers: new Headers(init.headers), body };
    sent.push(noted);
    return answer(noted);
  };
}

export function configured(environment: Record<string, string>, transport: Transport): Provider[] {
  const { providers } = readProviders({}, environment, { setting: String, variable: String });
  return providers.map((provider) => ({ ...provider, transport }));
}
