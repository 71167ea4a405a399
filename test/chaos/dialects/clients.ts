/** A client of each dialect: how it asks, and how it reads what it gets, strictly. */
import { expect } from 'bun:test';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { rootKey } from '../../support/gateway.ts';
import { at, frames, type Heard, type Said, sseEvents, textAt } from './heard.ts';

export interface Client {
  readonly dialect: ConversationDialect;
  readonly streamType: string;
  request(model: string, stream: boolean): { path: string; headers: Record<string, string>; body: object };
  /** Of a whole reply with status 200. */
  readWhole(json: unknown): Said;
  /** Of a reply that is no success; checks its shape to the last field. */
  readError(json: unknown, status: number, headers: Headers): NonNullable<Said['error']>;
  /** The events of a stream, each checked. */
  split(text: string): unknown[];
  readStream(events: readonly unknown[]): Said;
}

const bearer = { authorization: `Bearer ${rootKey}` };
const turn = { role: 'user', content: 'Hello' };

/** The error object at a place, with its texts where they must be; `expect` puts its matchers into what it looks at. */
function errorAt(json: unknown, typeKey: string, ...path: string[]): NonNullable<Said['error']> {
  const message = at(json, ...path, 'message');
  const type = at(json, ...path, typeKey);
  if (typeof message !== 'string' || typeof type !== 'string')
    throw new Error(`no error: ${JSON.stringify(json).slice(0, 300)}`);
  return { message, type };
}

function readOpenaiError(json: unknown): NonNullable<Said['error']> {
  for (const key of ['param', 'code']) expect(Object.hasOwn(at(json, 'error') as object, key)).toBe(true);
  return errorAt(json, 'type', 'error');
}

/** Data of JSON objects alone, each event's name the same as its type where it has both. */
function jsonEvents(text: string): unknown[] {
  return sseEvents(text).map(({ name, data }) => {
    const json: unknown = data === '[DONE]' ? data : JSON.parse(data);
    if (name !== undefined) expect(name).toBe(textAt(json, 'type'));
    return json;
  });
}

const chat: Client = {
  dialect: 'openai-chat',
  streamType: 'text/event-stream',
  request: (model, stream) => ({
    path: '/v1/chat/completions',
    headers: bearer,
    body: { model, messages: [turn], ...(stream && { stream }) },
  }),
  readWhole: (json) => ({
    content: textAt(json, 'choices', 0, 'message', 'content'),
    error: undefined,
    isComplete: true,
  }),
  readError: readOpenaiError,
  split: jsonEvents,
  readStream(events) {
    const isComplete = events.includes('[DONE]');
    if (isComplete) expect(events.at(-1)).toBe('[DONE]');
    const failed = events.find((event) => at(event, 'error') !== undefined);
    return {
      content: events.map((event) => textAt(event, 'choices', 0, 'delta', 'content')).join(''),
      error: failed === undefined ? undefined : readOpenaiError(failed),
      isComplete,
    };
  },
};

const responses: Client = {
  dialect: 'openai-responses',
  streamType: 'text/event-stream',
  request: (model, stream) => ({
    path: '/v1/responses',
    headers: bearer,
    body: { model, input: 'Hello', ...(stream && { stream }) },
  }),
  readWhole: (json) => ({
    content: textAt(json, 'output', 0, 'content', 0, 'text'),
    error: undefined,
    isComplete: textAt(json, 'status') === 'completed',
  }),
  readError: readOpenaiError,
  split: jsonEvents,
  readStream(events) {
    const types = events.map((event) => textAt(event, 'type'));
    const isComplete = types.includes('response.completed');
    if (isComplete) expect(types.at(-1)).toBe('response.completed');
    const failed = events[types.findIndex((type) => type === 'response.failed' || type === 'error')];
    if (failed !== undefined) {
      const told = textAt(failed, 'type') === 'error' ? failed : at(failed, 'response', 'error');
      expect(typeof at(told, 'message')).toBe('string');
      expect(at(told, 'code')).toBeDefined();
      if (told !== failed) expect(textAt(failed, 'response', 'status')).toBe('failed');
    }
    const message = textAt(failed, 'message') || textAt(failed, 'response', 'error', 'message');
    return {
      content: events
        .filter((_, i) => types[i] === 'response.output_text.delta')
        .map((event) => textAt(event, 'delta'))
        .join(''),
      error: failed === undefined ? undefined : { message, type: textAt(failed, 'type') },
      isComplete,
    };
  },
};

function readAnthropicError(json: unknown): NonNullable<Said['error']> {
  expect(textAt(json, 'type')).toBe('error');
  return errorAt(json, 'type', 'error');
}

const anthropic: Client = {
  dialect: 'anthropic-messages',
  streamType: 'text/event-stream',
  request: (model, stream) => ({
    path: '/v1/messages',
    headers: { 'x-api-key': rootKey, 'anthropic-version': '2023-06-01' },
    body: { model, max_tokens: 99, messages: [turn], ...(stream && { stream }) },
  }),
  readWhole: (json) => ({
    content: textAt(json, 'content', 0, 'text'),
    error: undefined,
    isComplete: textAt(json, 'type') === 'message' && textAt(json, 'stop_reason') === 'end_turn',
  }),
  readError: readAnthropicError,
  split: jsonEvents,
  readStream(events) {
    const types = events.map((event) => textAt(event, 'type'));
    const isComplete = types.includes('message_stop');
    if (isComplete) expect(types.at(-1)).toBe('message_stop');
    const failed = events[types.indexOf('error')];
    return {
      content: events.map((event) => textAt(event, 'delta', 'text')).join(''),
      error: failed === undefined ? undefined : readAnthropicError(failed),
      isComplete,
    };
  },
};

function readGoogleError(json: unknown): NonNullable<Said['error']> {
  expect(typeof at(json, 'error', 'code')).toBe('number');
  expect(textAt(json, 'error', 'status')).toMatch(/^[A-Z_]+$/);
  return errorAt(json, 'status', 'error');
}

const geminiText = (json: unknown) => textAt(json, 'candidates', 0, 'content', 'parts', 0, 'text');

const gemini: Client = {
  dialect: 'gemini',
  streamType: 'text/event-stream',
  request: (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: { 'x-goog-api-key': rootKey },
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  }),
  readWhole: (json) => ({
    content: geminiText(json),
    error: undefined,
    isComplete: textAt(json, 'candidates', 0, 'finishReason') === 'STOP',
  }),
  readError(json, status) {
    expect(at(json, 'error', 'code')).toBe(status);
    return readGoogleError(json);
  },
  split: jsonEvents,
  readStream(events) {
    const failed = events.find((event) => at(event, 'error') !== undefined);
    return {
      content: events.map(geminiText).join(''),
      error: failed === undefined ? undefined : readGoogleError(failed),
      isComplete: events.some((event) => textAt(event, 'candidates', 0, 'finishReason') !== ''),
    };
  },
};

/** The stream as Google sends it to who does not ask for events: one array, whole whatever happens. */
const geminiArray: Client = {
  ...gemini,
  streamType: 'application/json',
  request(model, stream) {
    const asked = gemini.request(model, stream);
    return { ...asked, path: asked.path.replace('?alt=sse', '') };
  },
  split: (text) => JSON.parse(Buffer.from(text, 'latin1').toString()) as unknown[],
};

const bedrock: Client = {
  dialect: 'bedrock-converse',
  streamType: 'application/vnd.amazon.eventstream',
  request: (model, stream) => ({
    path: `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`,
    headers: bearer,
    body: { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
  }),
  readWhole: (json) => ({
    content: textAt(json, 'output', 'message', 'content', 0, 'text'),
    error: undefined,
    isComplete: textAt(json, 'stopReason') === 'end_turn',
  }),
  readError(json, _status, headers) {
    expect(typeof at(json, 'message')).toBe('string');
    expect(headers.get('x-amzn-errortype')).toMatch(/^[A-Z]\w+$/);
    return { message: textAt(json, 'message'), type: headers.get('x-amzn-errortype') };
  },
  split: (text) =>
    frames(Buffer.from(text, 'latin1')).map(({ headers, payload }) => ({
      ...headers,
      json: JSON.parse(payload),
    })),
  readStream(events) {
    const failed = events.find((event) => textAt(event, ':message-type') === 'exception');
    if (failed !== undefined) expect(textAt(failed, ':exception-type')).toMatch(/^[a-z]\w+Exception$/);
    const names = events.map((event) => textAt(event, ':event-type'));
    return {
      content: events.map((event) => textAt(event, 'json', 'delta', 'text')).join(''),
      error:
        failed === undefined
          ? undefined
          : { message: textAt(failed, 'json', 'message'), type: textAt(failed, ':exception-type') },
      isComplete: names.includes('messageStop'),
    };
  },
};

export const clients = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  gemini,
  'gemini as an array': geminiArray,
  'bedrock-converse': bedrock,
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof clients;

/** Reads the whole reply; anything that is not what its dialect promises fails the test. */
export async function hear(client: Client, response: Response, stream: boolean): Promise<Heard> {
  const { status, headers } = response;
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('latin1');
  const common = { status, headers, text };
  if (status !== 200) {
    expect(headers.get('content-type')).toStartWith('application/json');
    const json = JSON.parse(bytes.toString()) as unknown;
    const error = client.readError(json, status, headers);
    return { ...common, isStream: false, events: [json], content: '', error, isComplete: false };
  }
  expect(headers.get('content-type')).toStartWith(stream ? client.streamType : 'application/json');
  if (!stream) {
    const json = JSON.parse(bytes.toString()) as unknown;
    return { ...common, isStream: false, events: [json], ...client.readWhole(json) };
  }
  const isFramed = client.streamType.startsWith('application/');
  const events = client.split(isFramed ? text : bytes.toString());
  const said = client.readStream(events);
  // Nothing follows an error.
  if (said.error !== undefined) expect(client.readStream(events.slice(-1)).error).toEqual(said.error);
  return { ...common, isStream: true, events, ...said };
}
