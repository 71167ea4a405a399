/** Requests to the gateway spelled out byte by byte, for what no HTTP client would send. */
import { rootKey } from '../support/gateway.ts';
import { openConnection, parseReply, type RawReply } from '../support/raw-connection.ts';

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  /** Whole header lines. Left out: a proper Host and Authorization. */
  readonly host?: readonly string[];
  readonly credentials?: readonly string[];
  readonly headers?: readonly string[];
  readonly body?: string;
}

export const rootCredential = `Authorization: Bearer ${rootKey}`;
export const chatPath = '/v1/chat/completions';
export const chatBody = (model = 'local/normal', more = ''): string =>
  `{"model":"${model}","messages":[{"role":"user","content":"Hello"}]${more}}`;

export function requestText(request: RawRequest): string {
  const { method = 'GET', target = '/v1/models', headers = [], body } = request;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(request.host ?? ['Host: 127.0.0.1:8787']),
    ...(request.credentials ?? [rootCredential]),
    'Connection: close',
    ...headers,
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** Sends the request, one byte a character, and reads until the gateway closes the connection. */
export async function raw(port: number, request: RawRequest | string, guardMs = 30_000): Promise<RawReply> {
  const connection = await openConnection(port);
  connection.send(typeof request === 'string' ? request : requestText(request));
  try {
    return parseReply(await connection.closed(guardMs));
  } finally {
    connection.hangUp();
  }
}

/** The error of a raw reply; whatever is not an error in OpenAI's shape comes back as text. */
export function errorOf(reply: RawReply): { code: string | null; message: string } | string {
  const start = reply.body.indexOf('{');
  const end = reply.body.lastIndexOf('}');
  try {
    const { error } = JSON.parse(reply.body.slice(start, end + 1));
    return error ?? reply.body;
  } catch {
    return `${reply.head}\n${reply.body}`;
  }
}
