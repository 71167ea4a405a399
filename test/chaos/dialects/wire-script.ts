/** The good reply of an upstream in each wire format, which every fault distorts, and the failures its API knows. */
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { frame } from '../../support/wire/bedrock-converse.ts';
import { formats } from '../../support/wire/upstream.ts';
import { content } from '../script.ts';

export const dialects: readonly ConversationDialect[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
];

export type Bytes = Uint8Array;

export interface WireScript {
  readonly whole: string;
  readonly events: readonly Bytes[];
  /** How many events it takes until the client has some of the text. */
  readonly openingCount: number;
  /** How many events from the end on say that the reply is complete. */
  readonly finishCount: number;
  /** Of these, how many come after the one that says why it ended. */
  readonly afterFinish: number;
  readonly streamType: string;
  /** A stream says itself that it is over; the others end with their connection. */
  readonly hasTerminal: boolean;
  /** One event with any data, as bytes. */
  event(data: string | Bytes, name?: string): Bytes;
  /** A failure in the stream, as the API tells it. */
  errorEvent(message: string): Bytes;
  /** A text delta of the stream, for texts of any size. */
  delta(text: string): Bytes;
  withText(text: string): string;
}

const bytesOf = (event: string | Bytes): Bytes => (typeof event === 'string' ? Buffer.from(event) : event);
const said = (text: string) => ({ blocks: [{ type: 'text', text } as const] });
const wholeOf = (format: ConversationDialect, text: string) =>
  JSON.stringify(formats[format].whole(said(text), 'chaos'));

function sse(data: string | Bytes, name?: string, lineEnd = '\n'): Bytes {
  const before = `${name === undefined ? '' : `event: ${name}${lineEnd}`}data: `;
  return Buffer.concat([Buffer.from(before), bytesOf(data), Buffer.from(lineEnd + lineEnd)]);
}

const counts: Readonly<
  Record<
    ConversationDialect,
    Pick<WireScript, 'openingCount' | 'finishCount' | 'afterFinish' | 'hasTerminal'>
  >
> = {
  'openai-chat': { openingCount: 2, finishCount: 2, afterFinish: 1, hasTerminal: true },
  'openai-responses': { openingCount: 5, finishCount: 1, afterFinish: 0, hasTerminal: true },
  'anthropic-messages': { openingCount: 4, finishCount: 2, afterFinish: 1, hasTerminal: true },
  gemini: { openingCount: 1, finishCount: 1, afterFinish: 0, hasTerminal: false },
  'bedrock-converse': { openingCount: 2, finishCount: 2, afterFinish: 1, hasTerminal: false },
};

const textDelta: Readonly<
  Record<ConversationDialect, (text: string) => readonly [json: object, name?: string]>
> = {
  'openai-chat': (text) => [{ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }],
  'openai-responses': (delta) => [
    {
      type: 'response.output_text.delta',
      item_id: 'msg_0',
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
      sequence_number: 5,
    },
    'response.output_text.delta',
  ],
  'anthropic-messages': (text) => [
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    'content_block_delta',
  ],
  gemini: (text) => [{ candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }] }],
  'bedrock-converse': (text) => [{ contentBlockIndex: 0, delta: { text } }, 'contentBlockDelta'],
};

const failure: Readonly<
  Record<ConversationDialect, (message: string) => readonly [json: object, name?: string]>
> = {
  'openai-chat': (message) => [{ error: { message, type: 'server_error', param: null, code: 'overloaded' } }],
  'openai-responses': (message) => [
    {
      type: 'response.failed',
      sequence_number: 5,
      response: {
        ...(formats['openai-responses'].whole(said(''), 'chaos') as object),
        status: 'failed',
        output: [],
        error: { code: 'server_error', message },
      },
    },
    'response.failed',
  ],
  'anthropic-messages': (message) => [
    { type: 'error', error: { type: 'overloaded_error', message }, request_id: 'req_chaos' },
    'error',
  ],
  gemini: (message) => [{ error: { code: 503, message, status: 'UNAVAILABLE' } }],
  'bedrock-converse': (message) => [{ message }, 'modelStreamErrorException'],
};

function scriptOf(format: ConversationDialect): WireScript {
  const isFrames = format === 'bedrock-converse';
  const event: WireScript['event'] = (data, name) =>
    isFrames ? frameOf(name ?? 'contentBlockDelta', data) : sse(data, name);
  const build = ([json, name]: readonly [json: object, name?: string]) => event(JSON.stringify(json), name);
  return {
    ...counts[format],
    whole: wholeOf(format, content),
    events: formats[format].stream(said(content), 'chaos', {}).map(bytesOf),
    streamType: formats[format].streamType,
    event,
    errorEvent: (message) => build(failure[format](message)),
    delta: (text) => build(textDelta[format](text)),
    withText: (text) => wholeOf(format, text),
  };
}

/** A frame with any payload; names that end in `Exception` make exceptions. */
function frameOf(name: string, payload: string | Bytes): Bytes {
  return frame(name, bytesOf(payload), name.endsWith('Exception') ? 'exception' : 'event');
}

export const scripts = Object.fromEntries(dialects.map((format) => [format, scriptOf(format)])) as Readonly<
  Record<ConversationDialect, WireScript>
>;

export const openingOf = ({ events, openingCount }: WireScript): Bytes =>
  Buffer.concat(events.slice(0, openingCount));
export const restOf = ({ events, openingCount }: WireScript): Bytes =>
  Buffer.concat(events.slice(openingCount));
export const streamOf = ({ events }: WireScript): Bytes => Buffer.concat(events);

/** Up to the empty line. No connection is kept, so that one that stays open is one too many. */
export function headOf(
  format: ConversationDialect,
  stream: boolean,
  headers: readonly string[] = [],
  status = '200 OK',
): string {
  const type = stream ? scripts[format].streamType : 'application/json';
  return `${[`HTTP/1.1 ${status}`, `Content-Type: ${type}`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;
}

export const chunked = 'Transfer-Encoding: chunked';
export const lastChunk = '0\r\n\r\n';

export function chunkOf(bytes: string | Bytes): Bytes {
  const body = bytesOf(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}

/** Head and body with a length that is true. */
export function measured(head: (length: string) => string, body: string | Bytes): Bytes {
  const bytes = bytesOf(body);
  return Buffer.concat([Buffer.from(head(`Content-Length: ${bytes.length}`)), bytes]);
}

export function wholeReply(format: ConversationDialect, stream: boolean): Bytes {
  const script = scripts[format];
  return measured((length) => headOf(format, stream, [length]), stream ? streamOf(script) : script.whole);
}
