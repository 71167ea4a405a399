/** One access token kept and renewed: fetched by one request at a time, renewed before it runs out. */
import { Secret } from '../core/secret.ts';

export interface AccessToken {
  readonly value: string;
  readonly expiresAtMs: number;
}

export interface TokenSource {
  /** A token that is still good. Rejects when there is none and none can be had. */
  current(): Promise<string>;
  /** What stands for good, then the last tokens: for whoever must keep them out of sight. Changes as tokens do. */
  readonly secrets: readonly Secret[];
}

export interface TokenOptions {
  /** Asks the issuer; the signal ends at the deadline. */
  readonly fetch: (signal: AbortSignal) => Promise<AccessToken>;
  /** What the issuer is asked with. */
  readonly secrets?: readonly Secret[];
  readonly deadlineMs?: number;
  readonly nowMs?: () => number;
}

/** From here on a token is renewed while it still serves. */
const renewBeforeMs = 120_000;
/** A token that runs out on its way to the provider is no good. */
const spareMs = 10_000;
/** The issuer that failed is left alone for so long, while the old token still serves. */
const retryAfterMs = 5000;

function orDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('the token endpoint did not answer in time')));
    }),
  ]);
}

export function createTokenSource({
  fetch,
  secrets: standing = [],
  deadlineMs = 10_000,
  nowMs = Date.now,
}: TokenOptions): TokenSource {
  const secrets: Secret[] = [...standing];
  let token: AccessToken | undefined;
  let pending: Promise<AccessToken> | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<AccessToken> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), deadlineMs);
    try {
      const fresh = await orDeadline(fetch(controller.signal), controller.signal);
      token = fresh;
      // The one before may still be on its way.
      if (secrets[standing.length]?.reveal() !== fresh.value)
        secrets.splice(
          standing.length,
          secrets.length,
          new Secret(fresh.value),
          ...secrets.slice(standing.length, standing.length + 1),
        );
      return fresh;
    } catch (thrown) {
      failedAtMs = nowMs();
      throw thrown;
    } finally {
      clearTimeout(timer);
      pending = undefined;
    }
  }

  return {
    secrets,
    async current() {
      const remainingMs = token === undefined ? 0 : token.expiresAtMs - nowMs();
      if (token !== undefined && remainingMs > renewBeforeMs) return token.value;
      const isGood = token !== undefined && remainingMs > spareMs;
      if (pending === undefined && !(isGood && nowMs() - failedAtMs < retryAfterMs)) pending = renew();
      if (token !== undefined && isGood) {
        // It fails for whoever waits for it; here nobody does.
        pending?.catch(() => {});
        return token.value;
      }
      if (pending === undefined) throw new Error('there is no token');
      return (await pending).value;
    },
  };
}
