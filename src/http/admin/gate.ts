/** What all requests of administration have in common: who asks, what they send, and the form of a reply. */
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Authenticator } from '../../identity/authenticator.ts';
import type { Caller } from '../../identity/caller.ts';
import { readCredential } from '../../identity/credentials.ts';
import type { Peer } from '../../pipeline/call-context.ts';
import { type BodyLimits, readBody } from '../../pipeline/read-body.ts';

export interface GateServices {
  readonly authenticate: Authenticator;
  /** The root key is still the one everybody knows. */
  readonly isDefaultRoot: boolean;
  readonly body: BodyLimits;
}

const noKeys: ReadonlySet<string> = new Set();

/** Rejects with what refuses. `path`: of the route. */
export async function identify(
  { authenticate, isDefaultRoot }: GateServices,
  path: string,
  peer: Peer,
): Promise<Caller> {
  const { request } = peer;
  const caller = await authenticate(readCredential(request.headers, request.url), peer);
  caller.access?.checkEndpoint(path);
  if (caller.keyId === 'anonymous')
    throw new GatewayError('invalid_api_key', 'Administration asks for a key, whatever else does not.');
  if (isDefaultRoot && !peer.isLocal())
    throw new GatewayError(
      'root_key_local_only',
      'Nothing is administered from elsewhere while the root key is the published default. Set ROOT_KEY.',
    );
  return caller;
}

export async function readJson(
  request: Request,
  limits: BodyLimits,
): Promise<{ readonly text: string; readonly json: JsonObject }> {
  if (request.body === null || request.headers.get('content-length') === '0') return { text: '{}', json: {} };
  return await readBody(request, limits, noKeys);
}

/** RFC 9110, section 13.1.1: strong comparison, `*` for whatever is there. */
export function matcherOf(header: string | null): (version: number) => boolean {
  if (header === null || header.trim() === '*') return () => true;
  const tags = header.split(',').map((tag) => tag.trim());
  return (version) => tags.includes(`"${version}"`);
}

export function reply(requestId: string, status: number, body: string | null, version?: number): Response {
  const headers = new Headers({ 'x-request-id': requestId, 'cache-control': 'no-store' });
  if (body !== null) headers.set('content-type', 'application/json');
  if (version !== undefined) headers.set('etag', `"${version}"`);
  return new Response(body, { status, headers });
}
