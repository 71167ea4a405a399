/**
 * Claude in Anthropic's own words through `InvokeModel`: the body names a version instead of a model, and a stream comes as
 * AWS frames with an event of Anthropic's in each, which are unpacked to the server-sent events they would have been.
 */
import type { HeaderReader } from '../../core/header-reader.ts';
import { isObject, type JsonObject, parseObject, stringOf } from '../../core/json.ts';
import { readException, readRefusal } from '../../dialects/bedrock-converse/error.ts';
import { eventStreamType, FrameCutter, FrameReader } from '../../dialects/bedrock-converse/event-stream.ts';
import { bedrockPath } from '../../dialects/bedrock-converse/request-line.ts';
import { BadFraming, type WireEvent } from '../../dialects/dialect.ts';
import { StreamSource, streamOf } from '../../upstream/stream-source.ts';
import type { BodySource, Transport, UpstreamReply } from '../../upstream/transport.ts';

const version = 'bedrock-2023-05-31';
const maxFrameBytes = 1 << 26;
const maxErrorBytes = 1 << 16;

/** What the service takes: the model stands in the path, and so does the wish to stream. */
export function invokeBody({ model: _model, stream: _stream, ...body }: JsonObject): JsonObject {
  return { anthropic_version: version, ...body };
}

export function invokePath(model: string, stream: boolean): string {
  return bedrockPath(model, stream ? 'invoke-with-response-stream' : 'invoke');
}

/** Anthropic's own words for a status. */
function errorType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    408: 'timeout_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    503: 'overloaded_error',
  };
  return types[status] ?? (status >= 500 || status === 424 ? 'api_error' : 'invalid_request_error');
}

function errorOf(status: number, message: string): JsonObject {
  return { type: 'error', error: { type: errorType(status), message } };
}

function serverSent(name: string, text: string): string {
  return `event: ${name}\ndata: ${text}\n\n`;
}

/** One frame's event as Anthropic would have sent it; nothing for frames that carry none. */
export function unpacked({ name, data, isException }: WireEvent): string {
  const json = parseObject(data) ?? {};
  if (isException === true) {
    const { status, message } = readException(name ?? '', json);
    return serverSent('error', JSON.stringify(errorOf(status, message)));
  }
  const bytes = stringOf(json.bytes);
  if (name !== 'chunk' || bytes === undefined) return '';
  const text = Buffer.from(bytes, 'base64').toString('utf8');
  const event = parseObject(text);
  if (event === undefined) throw new BadFraming('a chunk that is not a JSON object');
  return serverSent(stringOf(event.type) ?? 'message', JSON.stringify(event));
}

/** Frames in, server-sent events out. */
function unpacking(): TransformStream<Uint8Array, Uint8Array> {
  const cutter = new FrameCutter(maxFrameBytes);
  const reader = new FrameReader();
  return new TransformStream({
    transform(chunk, controller) {
      const text = cutter.push(chunk).map((frame) => unpacked(reader.event(frame)));
      if (text.some((piece) => piece !== '')) controller.enqueue(Buffer.from(text.join('')));
    },
    flush() {
      if (cutter.heldBytes > 0) throw new BadFraming('an event-stream frame that was cut short');
    },
  });
}

async function textWithin(body: BodySource | null, maxBytes: number): Promise<string> {
  if (body === null) return '';
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of streamOf(body)) {
    size += piece.length;
    if (size > maxBytes) return '';
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The headers of a reply whose body has been written anew. */
function rewritten(headers: HeaderReader, type: string): HeaderReader {
  const own: Readonly<Record<string, string | null>> = { 'content-type': type, 'content-length': null };
  const get = (name: string) => (Object.hasOwn(own, name) ? (own[name] ?? null) : headers.get(name));
  return { get, has: (name) => get(name) !== null };
}

/** The service's errors are its own; a client of Anthropic's API gets Anthropic's. */
async function refused({ status, headers, body }: UpstreamReply): Promise<UpstreamReply> {
  const json = parseObject(await textWithin(body, maxErrorBytes)) ?? {};
  const read = isObject(json.error) ? undefined : readRefusal(status, json, headers);
  // A status that says so, and no word of the reason.
  if (read?.isAboutCredential === true) return { status: 401, headers: new Headers(), body: null };
  const text = JSON.stringify(read === undefined ? json : errorOf(status, read.message));
  return {
    status,
    headers: rewritten(headers, 'application/json'),
    body: new StreamSource(new Blob([text]).stream()),
  };
}

/** The model's id stands in the path, percent-encoded; other models' refusals are read as they are. */
const invoked = /anthropic\.claude[^/]*\/invoke(?:-with-response-stream)?$/;

async function inOwnWords(reply: UpstreamReply): Promise<UpstreamReply> {
  const { status, headers, body } = reply;
  if (status >= 400) return await refused(reply);
  const isFramed = headers.get('content-type')?.includes(eventStreamType) === true;
  if (!isFramed || body === null) return reply;
  return {
    status,
    headers: rewritten(headers, 'text/event-stream; charset=utf-8'),
    body: new StreamSource(streamOf(body).pipeThrough(unpacking())),
  };
}

export function invokeTransport(transport: Transport): Transport {
  return {
    send(request) {
      const sending = transport.send(request);
      if (!invoked.test(request.url)) return sending;
      return {
        reply: sending.reply.then(inOwnWords),
        get isConnected() {
          return sending.isConnected;
        },
        cancel: () => sending.cancel(),
      };
    },
  };
}
