/** The content of messages and tool results: one part, read from Responses and written back, or written anew. */
import type { Role } from '../../core/call.ts';
import { type Carry, carriedFields, take, takeString } from '../../core/carry.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { type MediaPart, type MediaSource, type Part, sourceOfUrl, urlOf } from '../../core/part.ts';

export const dialect = 'openai-responses';

const audioTypes: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', wav: 'audio/wav' };

export function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

export function other(raw: JsonValue): { type: 'other'; carry: Carry } {
  return { type: 'other', carry: carry({ value: raw }) };
}

/** Takes the first of the keys that holds a string, as a source. */
function takeSource(fields: JsonObject, keys: readonly string[]): MediaSource | undefined {
  const key = keys.find((candidate) => typeof fields[candidate] === 'string');
  const value = key === undefined ? undefined : takeString(fields, key);
  if (value === undefined) return undefined;
  if (key === 'file_id') return { type: 'file', id: value };
  const source = sourceOfUrl(value);
  // File data that is no data URL is base64 of an unknown type; it stays what it is.
  if (key === 'file_data' && source.type !== 'base64') {
    fields[key] = value;
    return undefined;
  }
  return source;
}

function readMedia(raw: JsonObject): MediaPart | undefined {
  const fields: JsonObject = { ...raw };
  if (fields.type === 'input_image') {
    const source = takeSource(fields, ['image_url', 'file_id']);
    if (source === undefined) return undefined;
    const detail = takeString(fields, 'detail');
    return {
      type: 'media',
      kind: 'image',
      source,
      ...(detail !== undefined && { detail }),
      carry: carry(fields),
    };
  }
  if (fields.type === 'input_file') {
    const source = takeSource(fields, ['file_data', 'file_url', 'file_id']);
    if (source === undefined) return undefined;
    const name = takeString(fields, 'filename');
    return {
      type: 'media',
      kind: 'document',
      source,
      ...(name !== undefined && { name }),
      carry: carry(fields),
    };
  }
  const inner: JsonObject = isObject(fields.input_audio) ? { ...fields.input_audio } : {};
  const mediaType = typeof inner.format === 'string' ? audioTypes[inner.format] : undefined;
  if (fields.type !== 'input_audio' || typeof inner.data !== 'string' || mediaType === undefined)
    return undefined;
  const data = take(inner, 'data') as string;
  take(inner, 'format');
  fields.input_audio = inner;
  return {
    type: 'media',
    kind: 'audio',
    source: { type: 'base64', mediaType, data },
    carry: carry(fields),
  };
}

function isCacheMark(value: JsonValue | undefined): boolean {
  return isObject(value) && value.mode === 'explicit' && Object.keys(value).length === 1;
}

export function readPart(raw: JsonValue): Part {
  if (!isObject(raw)) return other(raw);
  const fields: JsonObject = { ...raw };
  const marked = isCacheMark(fields.prompt_cache_breakpoint);
  if (marked) take(fields, 'prompt_cache_breakpoint');
  const cache = marked && { cache: {} };
  if ((fields.type === 'input_text' || fields.type === 'output_text') && typeof fields.text === 'string')
    return { type: 'text', text: take(fields, 'text') as string, ...cache, carry: carry(fields) };
  if (fields.type === 'refusal' && typeof fields.refusal === 'string')
    return { type: 'refusal', text: take(fields, 'refusal') as string, ...cache, carry: carry(fields) };
  const media = readMedia(fields);
  return media === undefined ? other(raw) : { ...media, ...cache };
}

function writeOwnMedia(part: MediaPart, fields: JsonObject): JsonObject {
  const { source } = part;
  if (fields.type === 'input_audio') {
    const format = Object.keys(audioTypes).find(
      (key) => source.type === 'base64' && audioTypes[key] === source.mediaType,
    );
    const inner = isObject(fields.input_audio) ? fields.input_audio : {};
    return {
      ...fields,
      input_audio: { ...inner, data: source.type === 'base64' ? source.data : '', format },
    };
  }
  const detail = part.detail === undefined ? {} : { detail: part.detail };
  return { ...fields, ...mediaFields(part, fields), ...detail };
}

/** A part that came from Responses, put together again. */
export function writeOwnPart(part: Part): JsonValue {
  if (part.type === 'other') return carriedFields(part.carry, dialect).value ?? null;
  const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
  if (part.cache !== undefined) fields.prompt_cache_breakpoint = { mode: 'explicit' };
  if (part.type === 'text') return { ...fields, text: part.text };
  if (part.type === 'refusal') return { ...fields, refusal: part.text };
  return part.type === 'media' ? writeOwnMedia(part, fields) : fields;
}

/** `seats`: the carry, whose empty seat says in which of several fields a URL stood. */
function mediaFields({ kind, source, name }: MediaPart, seats: JsonObject): JsonObject {
  const named = name === undefined ? {} : { filename: name };
  if (source.type === 'file') return { ...(kind === 'document' && named), file_id: source.id };
  if (source.type === 'text') {
    const data = Buffer.from(source.text, 'utf8').toString('base64');
    return { filename: name ?? 'document.txt', file_data: `data:text/plain;base64,${data}` };
  }
  if (kind === 'image') return { image_url: urlOf(source) };
  if (source.type === 'url' || Object.hasOwn(seats, 'file_url')) return { ...named, file_url: urlOf(source) };
  const isOwn = Object.hasOwn(seats, 'file_data');
  return { ...(isOwn ? named : { filename: name ?? fileName(source.mediaType) }), file_data: urlOf(source) };
}

/** The API wants a name beside a file's data. */
function fileName(mediaType: string): string {
  return mediaType === 'application/pdf' ? 'document.pdf' : 'document';
}

function refused(what: string): GatewayError {
  const message = `The model's provider speaks the Responses API, which takes no ${what} in its input.`;
  return new GatewayError('unsupported_value', message, { param: 'messages' });
}

function writeMedia(part: MediaPart, sharesFiles: boolean): JsonObject {
  const { kind, source } = part;
  if (kind === 'audio' || kind === 'video') throw refused(kind);
  if (source.type === 'file' && !sharesFiles) throw refused('file of another provider');
  const isImage = kind === 'image' && source.type !== 'text';
  return isImage
    ? { type: 'input_image', detail: part.detail ?? 'auto', ...mediaFields(part, {}) }
    : { type: 'input_file', ...mediaFields(part, {}) };
}

export interface ContentContext {
  readonly losses: Losses;
  /** Files uploaded under the client's API are known under this one: both are OpenAI's. */
  readonly sharesFiles: boolean;
}

/** A part of another dialect, for a message of this role or, with `tool`, for a tool's output; undefined when it has no form. */
export function writePart(part: Part, role: Role, context: ContentContext): JsonObject | undefined {
  if (part.type !== 'other' && part.cache !== undefined) context.losses.add('cache_control');
  const isAssistant = role === 'assistant';
  switch (part.type) {
    case 'text':
      return isAssistant
        ? { type: 'output_text', text: part.text, annotations: [], logprobs: [] }
        : { type: 'input_text', text: part.text };
    case 'refusal':
      return isAssistant ? { type: 'refusal', refusal: part.text } : { type: 'input_text', text: part.text };
    case 'media':
      if (!isAssistant) return writeMedia(part, context.sharesFiles);
      context.losses.add(`messages.content.${part.kind}`);
      return undefined;
    default:
      return undefined;
  }
}
