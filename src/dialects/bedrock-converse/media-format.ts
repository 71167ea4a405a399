/** The short names Converse has for media types, each way. */
import type { MediaPart } from '../../core/part.ts';

type Kind = MediaPart['kind'];

const types: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  image: { png: 'image/png', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' },
  document: {
    pdf: 'application/pdf',
    csv: 'text/csv',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    html: 'text/html',
    txt: 'text/plain',
    md: 'text/markdown',
  },
  video: {
    mp4: 'video/mp4',
    mkv: 'video/x-matroska',
    mov: 'video/quicktime',
    webm: 'video/webm',
    flv: 'video/x-flv',
    mpeg: 'video/mpeg',
    mpg: 'video/mpeg',
    wmv: 'video/x-ms-wmv',
    three_gp: 'video/3gpp',
  },
  audio: {
    mp3: 'audio/mpeg',
    wav: 'audio/wav',
    ogg: 'audio/ogg',
    opus: 'audio/opus',
    aac: 'audio/aac',
    flac: 'audio/flac',
    mp4: 'audio/mp4',
    m4a: 'audio/x-m4a',
    webm: 'audio/webm',
    pcm: 'audio/pcm',
    mka: 'audio/x-matroska',
  },
};

/** Further names clients use for the same. */
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'jpeg',
  'audio/mp3': 'mp3',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/l16': 'pcm',
  'video/x-m4v': 'mp4',
  'application/x-pdf': 'pdf',
  'text/x-markdown': 'md',
};

export function mediaTypeOf(kind: Kind, format: string): string | undefined {
  return Object.hasOwn(types[kind], format) ? types[kind][format] : undefined;
}

/** Undefined where Converse takes no such thing. Plain text of any sort is a document of text. */
export function formatOf(kind: Kind, mediaType: string): string | undefined {
  const plain = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const known = Object.entries(types[kind]).find(([, type]) => type === plain)?.[0];
  if (known !== undefined) return known;
  const alias = Object.hasOwn(aliases, plain) ? aliases[plain] : undefined;
  if (alias !== undefined && Object.hasOwn(types[kind], alias)) return alias;
  const isText = plain.startsWith('text/') || plain === 'application/json' || plain === 'application/xml';
  return kind === 'document' && isText ? 'txt' : undefined;
}

/** By the ending of an address. */
export function formatOfUrl(kind: Kind, url: string): string | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(url.split(/[?#]/, 1)[0] ?? '')?.[1]?.toLowerCase();
  if (ending === undefined) return undefined;
  if (kind === 'image' && ending === 'jpg') return 'jpeg';
  if (kind === 'video' && ending === '3gp') return 'three_gp';
  return Object.hasOwn(types[kind], ending) ? ending : undefined;
}
