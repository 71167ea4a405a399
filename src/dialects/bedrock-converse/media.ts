/** Images, documents, video and audio as Converse has them: a format and a source of bytes, S3 or text. */
import { take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { MediaPart, MediaSource } from '../../core/part.ts';
import { mediaTypeOf } from './media-format.ts';

const dialect = 'bedrock-converse';
const mediaKinds = ['image', 'document', 'video', 'audio'] as const;

function onlyKey(value: JsonObject): string | undefined {
  const [key, ...others] = Object.keys(value);
  return others.length === 0 ? key : undefined;
}

/** Undefined for a source with more to it than can be typed: an S3 bucket of another account, a document in chunks. */
function readSource(source: JsonObject, mediaType: string | undefined): MediaSource | undefined {
  const key = onlyKey(source);
  if (key === 'bytes' && typeof source.bytes === 'string')
    return { type: 'base64', mediaType: mediaType ?? 'application/octet-stream', data: source.bytes };
  if (key === 'text' && typeof source.text === 'string') return { type: 'text', text: source.text };
  const location = source.s3Location;
  if (key === 's3Location' && isObject(location) && onlyKey(location) === 'uri')
    if (typeof location.uri === 'string')
      return { type: 'url', url: location.uri, ...(mediaType !== undefined && { mediaType }) };
  return undefined;
}

function writeSource(source: MediaSource): JsonObject {
  switch (source.type) {
    case 'base64':
      return { bytes: source.data };
    case 'url':
      return { s3Location: { uri: source.url } };
    case 'text':
      return { text: source.text };
    case 'file':
      return { s3Location: { uri: source.id } };
  }
}

/** Undefined when the block is not wholly understood. */
export function readMedia(block: JsonObject): MediaPart | undefined {
  const kind = mediaKinds.find((candidate) => isObject(block[candidate]));
  if (kind === undefined) return undefined;
  const inner: JsonObject = { ...(block[kind] as JsonObject) };
  if (!isObject(inner.source)) return undefined;
  const format = typeof inner.format === 'string' ? inner.format : undefined;
  const source = readSource(inner.source, format === undefined ? undefined : mediaTypeOf(kind, format));
  if (source === undefined) return undefined;
  take(inner, 'source');
  const name = takeString(inner, 'name');
  return {
    type: 'media',
    kind,
    source,
    ...(name !== undefined && { name }),
    carry: { dialect, fields: { ...block, [kind]: inner } },
  };
}

/** A part this dialect read, put together again. */
export function restoreMedia(part: MediaPart, fields: JsonObject): JsonValue {
  if (isObject(fields.searchResult)) return fields;
  const inner = fields[part.kind];
  const written: JsonObject = { ...(isObject(inner) ? inner : {}) };
  if (part.name !== undefined) written.name = part.name;
  return { ...fields, [part.kind]: { ...written, source: writeSource(part.source) } };
}
