/** What a call will take, told before it is made: from its body, its model's price, and how much the model may or usually does write. */
import type { JsonObject, JsonValue } from '../core/json.ts';
import { costOf } from './cost.ts';
import type { Price } from './price.ts';

/** Of text in most languages and tokenizers; code has fewer, Chinese about three. */
const bytesPerToken = 4;
/** For an image, a recording or a document, whose bytes say nothing of its tokens: about a large picture, or two pages. */
const mediaTokens = 1500;
/** Shorter texts are counted as text, wherever they stand. */
const leastMediaLength = 512;
/** More than any call has; sums of a few stay exact. */
const mostTokens = 1e12;

/** Where APIs have the bytes of a file, or its address. Elsewhere the same is text, and costs what text does. */
const mediaKeys: ReadonlySet<string> = new Set([
  'data',
  'bytes',
  'url',
  'image_url',
  'file_url',
  'file_data',
  'file_id',
  'fileUri',
  'file_uri',
]);
const linkKeys: ReadonlySet<string> = new Set([...mediaKeys].slice(2));

function isMedia(key: string, text: string): boolean {
  return mediaKeys.has(key) && (text.length >= leastMediaLength || linkKeys.has(key));
}

/** Tokens of the prompt: of all there is to read in a request, whatever its dialect. */
export function promptTokensOf(body: JsonObject): number {
  const waiting: (JsonValue[] | JsonObject)[] = [body];
  let bytes = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop())
    if (Array.isArray(value)) for (const item of value) bytes += bytesOf('', item, waiting);
    // Parsed JSON inherits nothing that could be met here; pairs would be an array for each of its keys.
    else for (const key in value) bytes += key.length + bytesOf(key, value[key], waiting);
  return Math.ceil(bytes / bytesPerToken);
}

/** Media for the bytes of its tokens; what is inside a list or an object is left to `waiting`. */
function bytesOf(key: string, value: JsonValue | undefined, waiting: (JsonValue[] | JsonObject)[]): number {
  if (typeof value === 'string')
    return isMedia(key, value) ? mediaTokens * bytesPerToken : Buffer.byteLength(value);
  if (typeof value === 'number') return bytesPerToken;
  if (typeof value === 'object' && value !== null) waiting.push(value);
  return 0;
}

const samples = 16;
const encoded = /^[\w+/=-]{64}$/;

/**
 * As `promptTokensOf`, for calls that nobody waits to admit: told by a body's length, and by a few places of a long one, which
 * are text or the bytes of a file.
 */
export function roughPromptTokens(text: string): number {
  const { length } = text;
  if (length < samples * leastMediaLength) return textTokens(length);
  let files = 0;
  for (let sample = 0; sample < samples; sample++) {
    const at = Math.floor((length * (sample + 0.5)) / samples);
    if (encoded.test(text.slice(at, at + 64))) files++;
  }
  return textTokens((length * (samples - files)) / samples) + (files > 0 ? mediaTokens : 0);
}

/** Tokens of so many bytes of text. */
export function textTokens(bytes: number): number {
  return Math.ceil(bytes / bytesPerToken);
}

export interface Estimate {
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** `service`: the tier of service that is asked for. */
export function estimateOf(
  inputTokens: number,
  outputTokens: number,
  price: Price | undefined,
  service?: string,
): Estimate {
  const input = Math.min(inputTokens, mostTokens);
  const output = Math.min(outputTokens, mostTokens);
  const costNanoUsd =
    price === undefined ? 0 : costOf({ inputTokens: input, outputTokens: output }, price, service);
  return { tokens: input + output, costNanoUsd };
}
