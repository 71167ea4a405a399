/** One content block of a request, read into a part. */
import { take, takeFlag, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { MediaSource, Part } from '../../core/part.ts';
import { carry, hasOnly, other, takeCache } from './carry.ts';

/** The source when nothing of it would be lost. */
function readSource(raw: JsonValue | undefined): MediaSource | undefined {
  if (!isObject(raw)) return undefined;
  const { type, media_type: mediaType, data, url, file_id: id } = raw;
  if (type === 'base64' && typeof mediaType === 'string' && typeof data === 'string')
    return hasOnly(raw, ['type', 'media_type', 'data']) ? { type, mediaType, data } : undefined;
  if (type === 'url' && typeof url === 'string')
    return hasOnly(raw, ['type', 'url']) ? { type, url } : undefined;
  if (type === 'file' && typeof id === 'string')
    return hasOnly(raw, ['type', 'file_id']) ? { type, id } : undefined;
  if (type === 'text' && mediaType === 'text/plain' && typeof data === 'string')
    return hasOnly(raw, ['type', 'media_type', 'data']) ? { type, text: data } : undefined;
  return undefined;
}

/** All the text of content that is nothing but text. */
function textOf(content: JsonValue | undefined): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const texts = content.map((block) =>
    isObject(block) && block.type === 'text' && typeof block.text === 'string' ? block.text : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join('\n');
}

function readMedia(raw: JsonObject, kind: 'image' | 'document'): Part {
  const fields: JsonObject = { ...raw };
  const source = readSource(fields.source);
  if (source !== undefined) take(fields, 'source');
  const inner =
    isObject(raw.source) && raw.source.type === 'content' ? textOf(raw.source.content) : undefined;
  // Blocks of text are a text to other dialects; here their source stays as it is.
  const found: MediaSource | undefined =
    source ?? (inner === undefined ? undefined : { type: 'text', text: inner });
  if (found === undefined || (kind === 'image' && found.type === 'text')) return other(raw);
  const name = takeString(fields, 'title');
  const cache = takeCache(fields);
  return {
    type: 'media',
    kind,
    source: found,
    ...(name !== undefined && { name }),
    ...cache,
    carry: carry(fields),
  };
}

/** Found text is a document elsewhere; its block stays as it is but for the title. */
function readSearchResult(raw: JsonObject): Part {
  const text = textOf(raw.content);
  if (text === undefined || typeof raw.source !== 'string') return other(raw);
  const fields: JsonObject = { ...raw };
  const name = takeString(fields, 'title');
  const cache = takeCache(fields);
  return {
    type: 'media',
    kind: 'document',
    source: { type: 'text', text },
    ...(name !== undefined && { name }),
    ...cache,
    carry: carry(fields),
  };
}

function readToolUse(raw: JsonObject): Part {
  const { id, name, input } = raw;
  if (typeof id !== 'string' || typeof name !== 'string' || !isObject(input)) return other(raw);
  const fields: JsonObject = { ...raw, id: undefined, name: undefined, input: undefined };
  const cache = takeCache(fields);
  return { type: 'tool-call', id, name, arguments: JSON.stringify(input), ...cache, carry: carry(fields) };
}

function readToolResult(raw: JsonObject): Part {
  const { tool_use_id: toolCallId, content } = raw;
  const isKnown = content == null || typeof content === 'string' || Array.isArray(content);
  if (typeof toolCallId !== 'string' || !isKnown) return other(raw);
  const fields: JsonObject = { ...raw, tool_use_id: undefined };
  const isError = takeFlag(fields, 'is_error');
  const plainText = typeof content === 'string';
  const parts = readContent(fields);
  const cache = takeCache(fields);
  return {
    type: 'tool-result',
    toolCallId,
    parts,
    plainText,
    ...(isError !== undefined && { isError }),
    ...cache,
    carry: carry(fields),
  };
}

function readThinking(raw: JsonObject): Part {
  if (typeof raw.thinking !== 'string') return other(raw);
  const fields: JsonObject = { ...raw };
  const text = take(fields, 'thinking') as string;
  const signature = takeString(fields, 'signature');
  return { type: 'reasoning', text, ...(signature !== undefined && { signature }), carry: carry(fields) };
}

function readRedacted(raw: JsonObject): Part {
  if (typeof raw.data !== 'string') return other(raw);
  return {
    type: 'reasoning',
    text: '',
    redacted: raw.data,
    carry: carry({ ...raw, data: undefined }),
  };
}

export function readBlock(raw: JsonValue): Part {
  if (!isObject(raw)) return other(raw);
  switch (raw.type) {
    case 'text': {
      if (typeof raw.text !== 'string') return other(raw);
      const fields: JsonObject = { ...raw, text: undefined };
      const cache = takeCache(fields);
      return { type: 'text', text: raw.text, ...cache, carry: carry(fields) };
    }
    case 'image':
    case 'document':
      return readMedia(raw, raw.type);
    case 'search_result':
      return readSearchResult(raw);
    case 'tool_use':
      return readToolUse(raw);
    case 'tool_result':
      return readToolResult(raw);
    case 'thinking':
      return readThinking(raw);
    case 'redacted_thinking':
      return readRedacted(raw);
    default:
      return other(raw);
  }
}

/** Takes `content`, a string or blocks, out of the fields; an empty list, null or nothing stays as it is. */
export function readContent(fields: JsonObject): Part[] {
  const { content } = fields;
  if (typeof content === 'string') {
    take(fields, 'content');
    return [{ type: 'text', text: content }];
  }
  if (!Array.isArray(content) || content.length === 0) return [];
  take(fields, 'content');
  return content.map(readBlock);
}
