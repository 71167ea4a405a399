/** The credential of a request for a WebSocket, which a browser can only put among the subprotocols. */
import { GatewayError } from '../core/errors.ts';
import { readCredential } from './credentials.ts';

const inProtocol = 'openai-insecure-api-key.';

/** The subprotocols a client offers, in its order. Repeated headers arrive joined by commas. */
export function offeredProtocols(headers: Headers): string[] {
  const offered = headers.get('sec-websocket-protocol') ?? '';
  return offered
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Whether a subprotocol is a credential, never to be said back. */
export function isCredential(protocol: string): boolean {
  return protocol.startsWith(inProtocol);
}

/** As `readCredential`, and `openai-insecure-api-key.<key>` among the subprotocols. Throws `duplicate_credentials`. */
export function readSocketCredential(headers: Headers, url: string): string | undefined {
  let found = readCredential(headers, url);
  for (const protocol of offeredProtocols(headers)) {
    const value = isCredential(protocol) ? protocol.slice(inProtocol.length) : '';
    if (value === '') continue;
    if (found !== undefined && found !== value)
      throw new GatewayError(
        'duplicate_credentials',
        'The request carries more than one credential in its subprotocols. Send one.',
      );
    found = value;
  }
  return found;
}
