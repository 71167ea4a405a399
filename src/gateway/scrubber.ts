/** What must never be seen in a log, taken out of every line. */
import type { Settings } from '../config/settings.ts';
import { Secret } from '../core/secret.ts';
import { scrubKeys } from '../identity/key-text.ts';
import { createScrubber } from '../telemetry/redaction.ts';

/** One that is badly encoded stands for itself: whoever reads the address refuses it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address, and the password in it: either may stand in a message. */
function addressSecrets(url: Secret): Secret[] {
  const { password } = new URL(url.reveal());
  return [url, new Secret(password), new Secret(decoded(password))];
}

/** What becomes known while the gateway runs. */
export interface KnownSecrets {
  stored: readonly Secret[];
}

/** Takes out what is secret now: the keys of the settings and of the storage, and the tokens some providers have for an hour. */
export function scrubberFor(
  { rootKey, redisUrl, providers }: Settings,
  more: readonly Secret[] = [],
  later: KnownSecrets = { stored: [] },
): (text: string) => string {
  const keys = providers.flatMap(({ credential }) => credential ?? []);
  const known = createScrubber([
    rootKey,
    ...(redisUrl === undefined ? [] : addressSecrets(redisUrl)),
    ...more,
    ...keys,
    ...providers.flatMap(({ secrets }) => secrets),
  ]);
  const renewing = providers.filter(({ authorize }) => authorize !== undefined);
  return (text) => {
    const lasting = scrubKeys(known(text));
    if (renewing.length === 0 && later.stored.length === 0) return lasting;
    return createScrubber([...renewing.flatMap(({ secrets }) => secrets), ...later.stored])(lasting);
  };
}
