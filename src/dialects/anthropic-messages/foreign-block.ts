/** One part of another API's call as blocks Anthropic takes; what cannot be left out is refused. */
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { MediaPart, Part, ReasoningPart, ToolResultPart } from '../../core/part.ts';
import { writeBlock } from './block-writer.ts';
import { mapId } from './call-id.ts';
import { writeCache } from './carry.ts';
import { inputOf } from './tool-input.ts';

export interface BlockOptions {
  readonly losses: Losses;
}

function refused(what: string): GatewayError {
  return new GatewayError('unsupported_value', `This model does not take ${what}.`, { param: 'messages' });
}

/** Throws `unsupported_value` for what the model could not see: an answer about it would be a wrong one. */
function writeMedia(part: MediaPart): JsonObject {
  const { kind, source } = part;
  if (kind === 'audio' || kind === 'video') throw refused(`${kind} input`);
  if (source.type === 'url' && !/^https?:/i.test(source.url))
    throw refused('media by an address other than http or https');
  if (source.type === 'base64') return writeBlock(encoded(part, source)) as JsonObject;
  // OpenAI's begin with `file-`.
  if (source.type === 'file' && !source.id.startsWith('file_'))
    throw refused('a file that was uploaded to another provider');
  if (kind === 'image' && source.type === 'text') throw refused('an image given as text');
  return writeBlock(part) as JsonObject;
}

type Encoded = Extract<MediaPart['source'], { type: 'base64' }>;

function encoded(part: MediaPart, source: Encoded): MediaPart {
  const mediaType = source.mediaType.toLowerCase();
  if (part.kind === 'image')
    return mediaType === 'image/jpg' ? { ...part, source: { ...source, mediaType: 'image/jpeg' } } : part;
  if (mediaType === 'application/pdf') return part;
  const isText = mediaType.startsWith('text/') || mediaType === 'application/json';
  if (!isText) throw refused(`documents of type ${source.mediaType}`);
  return { ...part, source: { type: 'text', text: Buffer.from(source.data, 'base64').toString('utf8') } };
}

/** Reasoning goes back only with proof of its origin; without, Anthropic refuses it. */
function writeReasoning(part: ReasoningPart, losses: Losses): JsonObject[] {
  const proof = part.redacted ?? part.signature;
  if (proof !== undefined && proof !== '') return [writeBlock(part) as JsonObject];
  losses.add('messages.reasoning');
  return [];
}

function writeResult(part: ToolResultPart, options: BlockOptions): JsonObject {
  const content = part.parts.flatMap((inner) => writeForeignBlock(inner, options));
  const written: JsonObject = { type: 'tool_result', tool_use_id: mapId(part.toolCallId) };
  const [only] = content;
  const isText = content.length === 1 && only?.type === 'text' && only.cache_control === undefined;
  if (content.length > 0) written.content = isText ? only.text : content;
  if (part.isError === true) written.is_error = true;
  return writeCache(written, part);
}

/** None for what is blank, lost, or named as lost already. */
export function writeForeignBlock(part: Part, options: BlockOptions): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text.trim() === '' ? [] : [writeBlock(part) as JsonObject];
    case 'media':
      return [writeMedia(part)];
    case 'reasoning':
      return writeReasoning(part, options.losses);
    case 'tool-call': {
      const { input, isWhole } = inputOf(part);
      if (!isWhole) options.losses.add('messages.tool_calls.arguments');
      const id = mapId(part.id);
      return [writeCache({ type: 'tool_use', id, name: part.name, input }, part)];
    }
    case 'tool-result':
      return [writeResult(part, options)];
    case 'other':
      return [];
  }
}
