/** What a failed exchange was: the runtime's own words for it, turned into the table's. */
import { type ErrorCode, GatewayError } from '../core/errors.ts';

/** Codes of `fetch` rejections that mean the other side spoke, but not HTTP. */
const malformedCodes: ReadonlySet<string> = new Set([
  'Malformed_HTTP_Response',
  'InvalidHTTPResponse',
  'HTTPHeadersOversized',
  'UnrequestedUpgrade',
  'ZlibError',
  'BrotliDecompressionError',
  'ZstdDecompressionError',
  'InvalidContentLength',
  'InvalidChunkSize',
  'InvalidStatusCode',
]);

function codeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}

export function isConnectionLoss(thrown: unknown): boolean {
  return ['ECONNRESET', 'ConnectionClosed', 'EPIPE'].includes(codeOf(thrown));
}

export function connectionFailure(thrown: unknown, provider: string, answered: boolean): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const code = codeOf(thrown);
  const kind: ErrorCode = malformedCodes.has(code)
    ? 'upstream_malformed'
    : answered
      ? 'upstream_incomplete'
      : 'upstream_unreachable';
  const messages: Partial<Record<ErrorCode, string>> = {
    upstream_malformed: `The provider '${provider}' sent a reply that is not valid HTTP.`,
    upstream_incomplete: `The connection to the provider '${provider}' ended before its reply was complete.`,
    upstream_unreachable: `No connection to the provider '${provider}' could be made.`,
  };
  return new GatewayError(kind, messages[kind] ?? kind, { cause: thrown });
}

export function timeoutFailure(
  provider: string,
  phase: 'connect' | 'first byte' | 'idle',
  ms: number,
): GatewayError {
  const what = {
    connect: `did not accept a connection within ${ms} ms`,
    'first byte': `sent nothing within ${ms} ms`,
    idle: `fell silent for ${ms} ms`,
  };
  return new GatewayError('upstream_timeout', `The provider '${provider}' ${what[phase]}.`);
}

export function malformed(provider: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('upstream_malformed', `The provider '${provider}' sent ${what}.`, { cause });
}

export function tooLarge(provider: string, what: string, limit: number): GatewayError {
  return new GatewayError(
    'upstream_too_large',
    `The provider '${provider}' sent ${what} of more than ${limit} bytes.`,
  );
}
