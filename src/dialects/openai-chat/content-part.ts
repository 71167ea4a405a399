/** One part of a message's content, read from OpenAI Chat and written back. */
import { type Carry, carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type MediaPart, type MediaSource, type Part, sourceOfUrl, urlOf } from '../../core/part.ts';
import { audioFormatOf, audioTypeOf, mediaKindOf } from './audio-format.ts';
import { putCache, takeCache } from './cache-mark.ts';

const dialect = 'openai-chat';

/** Parts that name an address, by type; all but the first are extensions of compatible servers. */
const addressed: ReadonlyMap<string, MediaPart['kind']> = new Map([
  ['image_url', 'image'],
  ['video_url', 'video'],
  ['audio_url', 'audio'],
  ['document_url', 'document'],
]);

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

/** Its value is `{"url":…}`, or the bare address. */
function readAddressed(fields: JsonObject, type: string, kind: MediaPart['kind']): MediaPart | undefined {
  const value = fields[type];
  if (typeof value === 'string') {
    take(fields, type);
    return { type: 'media', kind, source: sourceOfUrl(value) };
  }
  if (!isObject(value) || typeof value.url !== 'string') return undefined;
  const inner: JsonObject = { ...value };
  const url = take(inner, 'url') as string;
  const detail = takeString(inner, 'detail');
  fields[type] = inner;
  return { type: 'media', kind, source: sourceOfUrl(url), ...(detail !== undefined && { detail }) };
}

function readAudio(fields: JsonObject): MediaPart | undefined {
  const audio = fields.input_audio;
  if (!isObject(audio) || typeof audio.data !== 'string' || typeof audio.format !== 'string')
    return undefined;
  const mediaType = audioTypeOf(audio.format);
  if (audio.data.startsWith('data:') || audioFormatOf(mediaType) !== audio.format) return undefined;
  const inner: JsonObject = { ...audio };
  take(inner, 'format');
  const data = take(inner, 'data') as string;
  fields.input_audio = inner;
  return { type: 'media', kind: 'audio', source: { type: 'base64', mediaType, data } };
}

function takeFileSource(file: JsonObject): MediaSource | undefined {
  const data = file.file_data;
  if (typeof data === 'string') {
    const source = sourceOfUrl(data);
    if (source.type === 'url' && !/^\w+:/.test(source.url.slice(0, 16))) return undefined;
    take(file, 'file_data');
    return source;
  }
  const id = takeString(file, 'file_id');
  return id === undefined ? undefined : { type: 'file', id };
}

function readFile(fields: JsonObject): MediaPart | undefined {
  if (!isObject(fields.file)) return undefined;
  const inner: JsonObject = { ...fields.file };
  const source = takeFileSource(inner);
  if (source === undefined) return undefined;
  const name = takeString(inner, 'filename');
  fields.file = inner;
  const kind = source.type === 'base64' ? mediaKindOf(source.mediaType) : 'document';
  return { type: 'media', kind, source, ...(name !== undefined && { name }) };
}

function readKnown(fields: JsonObject): Part | undefined {
  const { type } = fields;
  if (type === 'text' && typeof fields.text === 'string')
    return { type, text: take(fields, 'text') as string };
  if (type === 'refusal' && typeof fields.refusal === 'string')
    return { type, text: take(fields, 'refusal') as string };
  if (type === 'input_audio') return readAudio(fields);
  if (type === 'file') return readFile(fields);
  const kind = typeof type === 'string' ? addressed.get(type) : undefined;
  return kind === undefined ? undefined : readAddressed(fields, type as string, kind);
}

export function readPart(raw: JsonValue): Part {
  if (!isObject(raw)) return { type: 'other', carry: carry({ value: raw }) };
  const fields: JsonObject = { ...raw };
  const part = readKnown(fields);
  if (part === undefined) return { type: 'other', carry: carry({ value: raw }) };
  const cache = takeCache(fields);
  return { ...part, ...(cache !== undefined && { cache }), carry: carry(fields) };
}

function innerOf(fields: JsonObject, key: string): JsonObject {
  return isObject(fields[key]) ? { ...fields[key] } : {};
}

/** In the form it was read from, which the carry still names. */
function writeMedia(part: MediaPart, fields: JsonObject): JsonObject {
  const { source } = part;
  const type = typeof fields.type === 'string' ? fields.type : 'image_url';
  const inner = innerOf(fields, type);
  if (type === 'input_audio' && source.type === 'base64') {
    inner.data = source.data;
    inner.format = audioFormatOf(source.mediaType);
  } else if (type === 'file') {
    if (source.type === 'file') inner.file_id = source.id;
    else inner.file_data = urlOf(source);
    if (part.name !== undefined) inner.filename = part.name;
  } else {
    const url = urlOf(source);
    if (Object.hasOwn(fields, type) && fields[type] === undefined && url !== undefined)
      return { ...fields, [type]: url };
    inner.url = url;
    if (part.detail !== undefined) inner.detail = part.detail;
  }
  return { type, ...fields, [type]: inner };
}

/** A part of the writer's own dialect; `unmarked`: its cache mark stands elsewhere. */
export function writePart(part: Part, unmarked = false): JsonValue {
  const fields: JsonObject = { ...carriedFields('carry' in part ? part.carry : undefined, dialect) };
  if (part.type === 'other') return fields.value ?? null;
  if (!unmarked && 'cache' in part) putCache(fields, part.cache);
  if (part.type === 'text' || part.type === 'reasoning') return { type: 'text', ...fields, text: part.text };
  if (part.type === 'refusal') return { type: 'refusal', ...fields, refusal: part.text };
  return part.type === 'media' ? writeMedia(part, fields) : null;
}
