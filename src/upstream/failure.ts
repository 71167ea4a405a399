/** What a failed exchange was: the runtime's own words for it, turned into the table's. */
import { GatewayError } from '../core/errors.ts';
import { incomplete, malformed } from '../core/upstream-failure.ts';

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
  if (malformedCodes.has(code)) return malformed(provider, 'a reply that is not valid HTTP', thrown);
  if (answered) return incomplete(provider, thrown);
  const message = `No connection to the provider '${provider}' could be made.`;
  return new GatewayError('upstream_unreachable', message, { cause: thrown });
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
