/** What a request or a reply can hold, feature by feature: the rows of the loss table. */
import type { JsonObject } from '../../../src/core/json.ts';
import type { RequestLine } from '../../../src/dialects/dialect.ts';

export const requestFeatures = [
  'a system prompt',
  'several turns',
  'an image in base64',
  'an image by URL',
  'audio',
  'a PDF in base64',
  'an uploaded file by id',
  'video',
  'a document with citations',
  'tools',
  'a strict tool',
  'a custom tool (plain text)',
  'a tool the provider runs',
  'tool choice: auto',
  'tool choice: required',
  'tool choice: none',
  'tool choice: one by name',
  'no parallel tool calls',
  'a tool call and its result',
  'parallel tool calls and their results',
  'a tool result that is an error',
  'an image in a tool result',
  'the signature of a tool call',
  'reasoning effort',
  'a reasoning budget',
  'reasoning off',
  'earlier reasoning with its signature',
  'earlier reasoning, redacted',
  'a cache mark',
  'a cache mark for an hour',
  'temperature',
  'top p',
  'top k',
  'stop words',
  'a limit of output tokens',
  'a seed',
  'penalties',
  'log probabilities',
  'two choices',
  'JSON of any shape',
  'JSON by a schema',
  'an end user',
  'metadata',
  'a service tier',
  'verbosity',
  'a cache key',
  'a reply to be kept',
  'a bias of tokens',
  'safety settings',
  'a stored conversation',
] as const;
export type RequestFeature = (typeof requestFeatures)[number];

export const replyFeatures = [
  'text',
  'a tool call',
  'parallel tool calls',
  'the signature of a tool call',
  'a custom tool call',
  'reasoning',
  'reasoning with its signature',
  'reasoning, redacted',
  'a refusal',
  'a citation by URL',
  'log probabilities',
  'an image',
  'a call of a tool the provider runs',
  'an end at a stop word',
  'an end at the token limit',
  'an end by a content filter',
  'usage',
  'usage: cached input',
  'usage: cache writes',
  'usage: cache writes for an hour',
  'usage: reasoning',
] as const;
export type ReplyFeature = (typeof replyFeatures)[number];

/** A dialect's way to say each feature it has. */
export interface Phrasebook {
  readonly requests: Readonly<Partial<Record<RequestFeature, JsonObject>>>;
  readonly replies: Readonly<Partial<Record<ReplyFeature, JsonObject>>>;
  /** For dialects that name the model in the request line. */
  readonly line?: RequestLine;
}

export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const pdf = 'JVBERi0xLjQKJSVFT0YK';
export const wav = 'UklGRiQAAABXQVZFZm10IA==';
export const mp4 = 'AAAAGGZ0eXBtcDQy';
export const parameters: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
export const replySchema: JsonObject = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
};
