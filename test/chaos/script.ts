/** The good reply that every fault is a distortion of: as a whole and as a stream, and how bytes are framed on the wire. */

export const content = 'Grüße, 世界 😀';
export const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const common = { id: 'chatcmpl-chaos1', created: 1_790_000_000, model: 'chaos' };

export const completion = {
  ...common,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
  usage,
};
export const completionText = JSON.stringify(completion);

const chunkOf = (choices: unknown[], more: object = {}) =>
  JSON.stringify({ ...common, object: 'chat.completion.chunk', choices, ...more });

export const deltaOf = (text: string): string =>
  chunkOf([{ index: 0, delta: { content: text }, finish_reason: null }]);

/** The stream's events as JSON texts, in order; `[DONE]` is not among them. */
export const chunks = {
  role: chunkOf([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  first: deltaOf(content.slice(0, 9)),
  second: deltaOf(content.slice(9)),
  finish: chunkOf([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  usage: chunkOf([], { usage }),
};
export const done = '[DONE]';

export const eventOf = (data: string, lineEnd = '\n'): string => `data: ${data}${lineEnd}${lineEnd}`;

/** The events every stream begins with before its fault shows. */
export const opening = eventOf(chunks.role) + eventOf(chunks.first);
export const closing = eventOf(chunks.second) + eventOf(chunks.finish) + eventOf(chunks.usage);
export const wholeStream = opening + closing + eventOf(done);

export const errorText = (message: string, code: string): string =>
  JSON.stringify({ error: { message, type: 'server_error', param: null, code } });

const types = { json: 'application/json', stream: 'text/event-stream; charset=utf-8', html: 'text/html' };

export interface Head {
  readonly status?: string;
  readonly type?: keyof typeof types;
  readonly headers?: readonly string[];
}

/** A reply's head up to the empty line. */
export function headOf({ status = '200 OK', type = 'json', headers = [] }: Head): string {
  return `${[`HTTP/1.1 ${status}`, `Content-Type: ${types[type]}`, ...headers].join('\r\n')}\r\n\r\n`;
}

/** A whole reply whose length is told truly. */
export function replyOf(body: string, head: Head = {}): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return headOf({ ...head, headers: [...(head.headers ?? []), length] }) + body;
}

export const chunkedHead = (head: Head): string =>
  headOf({ ...head, headers: [...(head.headers ?? []), 'Transfer-Encoding: chunked'] });
export const chunkFrame = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const lastChunk = '0\r\n\r\n';

/** A whole chunked event stream with a proper end. */
export const streamOf = (events: string): string =>
  chunkedHead({ type: 'stream' }) + chunkFrame(events) + lastChunk;
