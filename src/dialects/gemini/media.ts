/** Media: MIME types and kinds, `inlineData` and `fileData`. */
import { type Carry, carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';
import type { MediaPart, MediaSource } from '../../core/part.ts';
import { dialect, fieldOf, fillSeat, keyOf, takeField, takeText } from './fields.ts';

type Kind = MediaPart['kind'];

const typesByExtension: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['aac', 'audio/aac'],
  ['m4a', 'audio/mp4'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['mpeg', 'video/mpeg'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['json', 'application/json'],
]);

/** For an address whose path does not tell: the commonest of its kind. */
const typesByKind: Readonly<Record<Kind, string>> = {
  image: 'image/jpeg',
  audio: 'audio/mpeg',
  video: 'video/mp4',
  document: 'application/pdf',
};

const extension = /^[^?#]*\.([A-Za-z0-9]+)(?:[?#]|$)/;
/** Videos there need no file; the address itself is the source. */
const videoSite = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//;
/** What was uploaded before has an address only its origin can read. */
const uploaded = /(?:^|\/v1(?:alpha|beta)?\/)files\/[^/]+$/;

export function kindOf(mediaType: string): Kind {
  const [top] = mediaType.toLowerCase().split('/');
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'document';
}

function typeByName(url: string): string | undefined {
  return typesByExtension.get(extension.exec(url)?.[1]?.toLowerCase() ?? '');
}

export function isUploaded(id: string): boolean {
  return uploaded.test(id) || id.includes('://');
}

/** Google's SDKs write the URL-safe letters, and its servers take either. */
function standardBase64(data: string): string {
  const padded = data.padEnd(data.length + ((4 - (data.length % 4)) % 4), '=');
  return padded.replaceAll('-', '+').replaceAll('_', '/');
}

/** `inlineData`, in a part or in a function's response; undefined when it lacks type or data. */
function readInline(fields: JsonObject, carry: Carry): MediaPart | undefined {
  const raw = fieldOf(fields, 'inlineData');
  if (!isObject(raw)) return undefined;
  const inner: JsonObject = { ...raw };
  if (typeof fieldOf(inner, 'mimeType') !== 'string' || typeof inner.data !== 'string') return undefined;
  const mediaType = takeField(inner, 'mimeType') as string;
  const data = standardBase64(inner.data);
  // In other letters than theirs, other APIs would not take it; the original stays for a writer of this one.
  if (data === inner.data) takeField(inner, 'data');
  const name = takeText(inner, 'displayName');
  fields[keyOf(fields, 'inlineData')] = inner;
  const source: MediaSource = { type: 'base64', mediaType, data };
  return { type: 'media', kind: kindOf(mediaType), source, ...(name !== undefined && { name }), carry };
}

function readFile(fields: JsonObject, carry: Carry): MediaPart | undefined {
  const raw = fieldOf(fields, 'fileData');
  if (!isObject(raw) || typeof fieldOf(raw, 'fileUri') !== 'string') return undefined;
  const inner: JsonObject = { ...raw };
  const url = takeField(inner, 'fileUri') as string;
  const isFile = uploaded.test(url);
  const said = isFile ? stringOf(fieldOf(inner, 'mimeType')) : takeText(inner, 'mimeType');
  const name = takeText(inner, 'displayName');
  fields[keyOf(fields, 'fileData')] = inner;
  const source: MediaSource = isFile
    ? { type: 'file', id: url }
    : { type: 'url', url, ...(said !== undefined && { mediaType: said }) };
  const kind = kindOf(said ?? typeByName(url) ?? (videoSite.test(url) ? 'video' : ''));
  return { type: 'media', kind, source, ...(name !== undefined && { name }), carry };
}

/** `fields` is a copy of the part, which becomes its carry. */
export function readMedia(fields: JsonObject): MediaPart | undefined {
  const carry: Carry = { dialect, fields };
  return readInline(fields, carry) ?? readFile(fields, carry);
}

/** A part of this dialect put together again. */
export function restoreMedia({ source, name, carry }: MediaPart): JsonObject {
  const fields: JsonObject = { ...carriedFields(carry, dialect) };
  const key = keyOf(fields, source.type === 'base64' ? 'inlineData' : 'fileData');
  const inner: JsonObject = isObject(fields[key]) ? { ...fields[key] } : {};
  if (source.type === 'base64') {
    fillSeat(inner, 'mimeType', source.mediaType);
    fillSeat(inner, 'data', source.data);
  } else if (source.type === 'url') {
    fillSeat(inner, 'mimeType', source.mediaType);
    fillSeat(inner, 'fileUri', source.url);
  } else if (source.type === 'file') fillSeat(inner, 'fileUri', source.id);
  fillSeat(inner, 'displayName', name);
  fields[key] = inner;
  return fields;
}

/** The MIME type an address most likely has. */
export function typeOf(url: string, kind: Kind): string {
  return typeByName(url) ?? typesByKind[kind];
}

/** An address the provider fetches itself. */
export function fileAt(url: string, kind: Kind, mediaType: string | undefined): JsonObject {
  return { fileData: { mimeType: mediaType ?? typeOf(url, kind), fileUri: url } };
}
