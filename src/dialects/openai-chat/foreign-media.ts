/** Media and documents of other dialects as content parts of OpenAI Chat. */
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { type MediaPart, urlOf } from '../../core/part.ts';
import { audioFormatOf } from './audio-format.ts';

/** Media types that are text, whatever they are filed under. */
const textual = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|javascript|x-ndjson)\b)/;

function unsupported(what: string): GatewayError {
  const message = `The model's provider speaks OpenAI Chat, which has no form for ${what}.`;
  return new GatewayError('unsupported_value', message, { param: 'messages' });
}

function writeText(name: string | undefined, text: string, losses: Losses): JsonObject {
  losses.add('document (its text alone)');
  return { type: 'text', text: name === undefined ? text : `${name}:\n\n${text}` };
}

/** A file needs a name: OpenAI reads its kind from it. */
function fileName({ name, source }: MediaPart): string {
  if (name !== undefined) return name;
  const subtype = source.type === 'base64' ? (source.mediaType.split('/')[1] ?? '') : '';
  return `document.${/^[a-z0-9]{2,5}$/.test(subtype) ? subtype : 'pdf'}`;
}

function writeDocument(part: MediaPart, losses: Losses): JsonObject {
  const { source, name } = part;
  if (source.type === 'text') return writeText(name, source.text, losses);
  if (source.type === 'base64') {
    if (textual.test(source.mediaType))
      return writeText(name, Buffer.from(source.data, 'base64').toString('utf8'), losses);
    return { type: 'file', file: { filename: fileName(part), file_data: urlOf(source) } };
  }
  throw unsupported('a document by its address; send its data');
}

/** Both of OpenAI's APIs share their files, and ids of compatible servers have any form. */
function isOpenAiFile({ carry }: MediaPart, id: string): boolean {
  return carry?.dialect === 'openai-responses' || id.startsWith('file-');
}

/** Throws `unsupported_value` for what OpenAI Chat cannot say: leaving it out would change the question. */
export function writeForeignMedia(part: MediaPart, losses: Losses): JsonObject {
  const { kind, source } = part;
  if (source.type === 'file' && !isOpenAiFile(part, source.id))
    throw unsupported('a file that was uploaded to another provider');
  if (source.type === 'file') return { type: 'file', file: { file_id: source.id } };
  if (kind === 'document' || source.type === 'text') return writeDocument(part, losses);
  const detail = part.detail === undefined || part.detail === 'auto' ? {} : { detail: part.detail };
  if (kind === 'image') return { type: 'image_url', image_url: { url: urlOf(source), ...detail } };
  if (kind === 'audio' && source.type === 'base64')
    return {
      type: 'input_audio',
      input_audio: { data: source.data, format: audioFormatOf(source.mediaType) },
    };
  throw unsupported(kind === 'audio' ? 'audio by its address; send its data' : 'video');
}
