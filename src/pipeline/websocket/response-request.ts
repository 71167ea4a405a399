/** The plain HTTP request that one `response.create` stands for, with the caller and the headers of its connection. */
import { isObject, type JsonObject } from '../../core/json.ts';

/** Of the connection or of its handshake, or made anew. */
const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'connection',
  'upgrade',
  'content-length',
  'content-type',
  'transfer-encoding',
  'expect',
  // One key for many requests would make them one.
  'idempotency-key',
]);

/** What Codex would set as a header of each request, had each its own. */
const headerInMetadata = 'ws_request_header_';
const mayBeSet = /^x_(?:openai|codex)_[a-z0-9_]+$/;

/** Without what only says that this is a WebSocket. */
function betas(value: string): string {
  return value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('responses_websockets='))
    .join(', ');
}

export function connectionHeaders(handshake: Headers, credential: string | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of handshake)
    if (!ownHeaders.has(name) && !name.startsWith('sec-websocket-')) headers.set(name, value);
  const beta = betas(headers.get('openai-beta') ?? '');
  if (beta === '') headers.delete('openai-beta');
  else headers.set('openai-beta', beta);
  if (credential !== undefined) headers.set('authorization', `Bearer ${credential}`);
  headers.set('content-type', 'application/json');
  return headers;
}

export interface Connection {
  /** Of the handshake, without its query. */
  readonly url: string;
  readonly headers: Headers;
}

export function requestFor({ url, headers }: Connection, body: JsonObject, signal: AbortSignal): Request {
  const text = JSON.stringify(body);
  const own = new Headers(headers);
  own.set('content-length', String(Buffer.byteLength(text)));
  const metadata = body.client_metadata;
  if (isObject(metadata))
    for (const [key, value] of Object.entries(metadata)) {
      const name = key.startsWith(headerInMetadata) ? key.slice(headerInMetadata.length) : '';
      if (typeof value === 'string' && mayBeSet.test(name) && /^[ -~]*$/.test(value))
        own.set(name.replaceAll('_', '-'), value);
    }
  return new Request(url, { method: 'POST', headers: own, body: text, signal });
}
