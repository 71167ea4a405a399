/** What an upstream can do wrong once it has begun to answer, in one wording wherever it is noticed. */
import { GatewayError } from './errors.ts';

/** `what` follows "The provider sent". */
export function malformed(provider: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('upstream_malformed', `The provider '${provider}' sent ${what}.`, { cause });
}

export function tooLarge(provider: string, what: string, limit: number): GatewayError {
  return new GatewayError(
    'upstream_too_large',
    `The provider '${provider}' sent ${what} of more than ${limit} bytes.`,
  );
}

export function incomplete(provider: string, cause?: unknown): GatewayError {
  const message = `The connection to the provider '${provider}' ended before its reply was complete.`;
  return new GatewayError('upstream_incomplete', message, { cause });
}
