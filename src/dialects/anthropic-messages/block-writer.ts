/** A part as a content block of a request. One read from this dialect is put together again from its carry. */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { MediaPart, MediaSource, Part, ReasoningPart, ToolResultPart } from '../../core/part.ts';
import { own, writeCache, writeOther } from './carry.ts';
import { inputOf } from './tool-input.ts';

function writeSource(source: MediaSource): JsonObject {
  switch (source.type) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data };
    case 'url':
      return { type: 'url', url: source.url };
    case 'file':
      return { type: 'file', file_id: source.id };
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
  }
}

function writeMedia(part: MediaPart): JsonObject {
  const fields = own(part.carry);
  const written: JsonObject = { type: part.kind === 'image' ? 'image' : 'document', ...fields };
  // A source that stayed in the carry says more than its text.
  written.source = fields.source ?? writeSource(part.source);
  if (part.name !== undefined && part.kind !== 'image') written.title = part.name;
  return writeCache(written, part);
}

function writeToolResult(part: ToolResultPart): JsonObject {
  const written: JsonObject = { type: 'tool_result', ...own(part.carry), tool_use_id: part.toolCallId };
  writeContent(written, part);
  if (part.isError !== undefined) written.is_error = part.isError;
  return writeCache(written, part);
}

function writeReasoning(part: ReasoningPart): JsonObject {
  const fields = own(part.carry);
  if (part.redacted !== undefined) return { type: 'redacted_thinking', ...fields, data: part.redacted };
  const written: JsonObject = { type: 'thinking', ...fields, thinking: part.text };
  if (part.signature !== undefined) written.signature = part.signature;
  return written;
}

export function writeBlock(part: Part): JsonValue {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return writeCache({ type: 'text', ...own(part.carry), text: part.text }, part);
    case 'media':
      return writeMedia(part);
    case 'reasoning':
      return writeReasoning(part);
    case 'tool-call': {
      const { input } = inputOf(part);
      return writeCache({ type: 'tool_use', ...own(part.carry), id: part.id, name: part.name, input }, part);
    }
    case 'tool-result':
      return writeToolResult(part);
    case 'other':
      return writeOther(part.carry);
  }
}

export interface Content {
  readonly parts: readonly Part[];
  readonly plainText: boolean;
}

/** Fills `content` in its seat; content without parts stayed in the carry. */
export function writeContent(written: JsonObject, { parts, plainText }: Content): void {
  if (plainText) written.content = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  else if (parts.length > 0) written.content = parts.map(writeBlock);
}
