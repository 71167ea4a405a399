/** The content blocks of a reply, whole or as they begin in a stream: read into events, and filled again from them. */
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { Citation, ReplyEvent } from '../../core/reply.ts';
import { inputOf } from './tool-input.ts';

/** What a stream's later events must know of its earlier ones. */
export interface BlockState {
  /** Characters of text so far. */
  textLength: number;
  /** Tool calls so far. */
  calls: number;
}

/** Any of Anthropic's locations: on the web, in a search result, or in a document, by its title. */
function citationOf(value: JsonValue | undefined): Citation | undefined {
  if (!isObject(value)) return undefined;
  const url = stringOf(value.url) ?? stringOf(value.source);
  const title = stringOf(value.title) ?? stringOf(value.document_title);
  const citedText = stringOf(value.cited_text);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(citedText !== undefined && { citedText }),
  };
}

/** What a block's citations support is the block's own text. */
export function citationEvents(
  citations: readonly JsonValue[],
  block: number,
  start: number,
  end: number,
): ReplyEvent[] {
  return citations
    .map(citationOf)
    .filter((citation) => citation !== undefined)
    .map((citation) => ({ type: 'citation', choice: 0, block, citation: { ...citation, start, end } }));
}

function readToolUse(
  fields: JsonObject,
  block: number,
  state: BlockState,
  isWhole: boolean,
): ReplyEvent | undefined {
  const { id, name, input } = fields;
  if (typeof id !== 'string' || typeof name !== 'string') return undefined;
  fields.id = undefined;
  fields.name = undefined;
  // In a stream the input of the start is empty, and its text follows; some write it here all the same.
  const isHere = isObject(input) && (isWhole || Object.keys(input).length > 0);
  if (isHere) fields.input = undefined;
  return {
    type: 'tool-call-delta',
    choice: 0,
    block,
    index: state.calls++,
    id,
    name,
    ...(isHere && { arguments: JSON.stringify(input) }),
  };
}

function takeText(fields: JsonObject, key: string): string | undefined {
  const text = fields[key];
  // An empty text says nothing, and stays where it is.
  if (typeof text !== 'string' || text === '') return undefined;
  fields[key] = undefined;
  return text;
}

/** What is left of the block; its events go to `events`. */
export function readReplyBlock(
  raw: JsonValue | undefined,
  block: number,
  state: BlockState,
  events: ReplyEvent[],
  isWhole: boolean,
): JsonValue | undefined {
  if (!isObject(raw)) return raw;
  const fields: JsonObject = { ...raw };
  const place = { choice: 0, block } as const;
  switch (raw.type) {
    case 'text': {
      const start = state.textLength;
      const text = takeText(fields, 'text');
      if (text !== undefined) events.push({ type: 'text-delta', ...place, text });
      state.textLength += text?.length ?? 0;
      if (isWhole && Array.isArray(raw.citations))
        events.push(...citationEvents(raw.citations, block, start, state.textLength));
      return fields;
    }
    case 'thinking': {
      const text = takeText(fields, 'thinking');
      if (text !== undefined) events.push({ type: 'reasoning-delta', ...place, text });
      const signature = takeText(fields, 'signature');
      if (signature !== undefined) events.push({ type: 'reasoning-signature', ...place, signature });
      return fields;
    }
    case 'redacted_thinking': {
      const data = takeText(fields, 'data');
      if (data !== undefined) events.push({ type: 'reasoning-redacted', ...place, data });
      return fields;
    }
    case 'tool_use': {
      const call = readToolUse(fields, block, state, isWhole);
      if (call !== undefined) events.push(call);
      return fields;
    }
    default:
      events.push({ type: 'other', ...place, what: stringOf(raw.type) ?? 'content of unknown type' });
      return raw;
  }
}

function append(fields: JsonObject, key: string, text: string): void {
  const before = fields[key];
  fields[key] = typeof before === 'string' ? before + text : text;
}

/** Puts what was taken from a block back into its seats. */
export function fillReplyBlock(
  rest: JsonValue | undefined,
  block: number,
  events: readonly ReplyEvent[],
): JsonValue | undefined {
  if (!isObject(rest)) return rest;
  const written: JsonObject = { ...rest };
  for (const event of events) {
    if (event.type === 'usage' || event.type === 'choice-finish' || event.block !== block) continue;
    if (event.type === 'text-delta') append(written, 'text', event.text);
    else if (event.type === 'reasoning-delta') append(written, 'thinking', event.text);
    else if (event.type === 'reasoning-signature') append(written, 'signature', event.signature);
    else if (event.type === 'reasoning-redacted') written.data = event.data;
    else if (event.type === 'tool-call-delta') {
      if (event.id !== undefined) written.id = event.id;
      if (event.name !== undefined) written.name = event.name;
      if (event.arguments !== undefined) written.input = inputOf({ arguments: event.arguments }).input;
    }
  }
  return written;
}
