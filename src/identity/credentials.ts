/** The credential a request carries, whichever of the accepted ways it uses; two different ones are refused. */
import { GatewayError } from '../core/errors.ts';

const plainHeaders = ['x-api-key', 'api-key', 'x-goog-api-key'] as const;

function repeated(where: string): GatewayError {
  return new GatewayError(
    'duplicate_credentials',
    `The request carries more than one credential in ${where}. Send one.`,
  );
}

/** The scheme is compared without regard to case (RFC 9110, section 11.1). */
function bearerToken(header: string): string | undefined {
  if (header.length < 8) return undefined;
  // Almost all clients spell it so.
  if (!header.startsWith('Bearer ') && header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return header.slice(7).trim();
}

const none: readonly string[] = [];

function queryKeys(url: string): readonly string[] {
  const query = url.indexOf('?');
  // Looked for in the text first: almost no request has it, and parsing every URL is not free.
  if (query === -1 || !url.includes('key=', query)) return none;
  return new URLSearchParams(url.slice(query + 1)).getAll('key');
}

/**
 * Undefined when the request carries none. Repeated headers arrive joined by commas, which no credential contains.
 * Throws `duplicate_credentials`.
 */
export function readCredential(headers: Headers, url: string): string | undefined {
  let found: string | undefined;
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    if (authorization.includes(',')) throw repeated('the Authorization header');
    found = bearerToken(authorization);
  }
  for (const name of plainHeaders) {
    const value = headers.get(name)?.trim();
    if (value === undefined || value === '') continue;
    if (value.includes(',')) throw repeated(`the ${name} header`);
    if (found !== undefined && found !== value) throw repeated('different headers');
    found = value;
  }
  for (const value of queryKeys(url)) {
    if (value === '') continue;
    if (found !== undefined && found !== value) throw repeated('the query');
    found = value;
  }
  return found === '' ? undefined : found;
}
