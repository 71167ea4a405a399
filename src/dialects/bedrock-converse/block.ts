/** One content block of a message, read from Converse and put together again. */
import { type Carry, carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';
import type { Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '../../core/part.ts';
import { readMedia, restoreMedia } from './media.ts';

const dialect = 'bedrock-converse';

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

/** The texts of a list of `{"text":…}`, joined; undefined when it is no such list. */
function joinedTexts(list: JsonValue | undefined): string | undefined {
  if (!Array.isArray(list)) return undefined;
  const texts = list.map((item) => (isObject(item) && typeof item.text === 'string' ? item.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** JSON that came as text of ours; what is no JSON stays text. */
export function parsed(text: string): JsonValue {
  const json = parseJson(text);
  return json === undefined ? text : json;
}

function readReasoning(block: JsonObject): ReasoningPart | undefined {
  const inner: JsonObject = { ...(block.reasoningContent as JsonObject) };
  const fields: JsonObject = { ...block, reasoningContent: inner };
  if (typeof inner.redactedContent === 'string') {
    const redacted = take(inner, 'redactedContent') as string;
    return { type: 'reasoning', text: '', redacted, carry: carry(fields) };
  }
  if (!isObject(inner.reasoningText) || typeof inner.reasoningText.text !== 'string') return undefined;
  const said: JsonObject = { ...inner.reasoningText };
  const text = take(said, 'text') as string;
  const signature = takeString(said, 'signature');
  inner.reasoningText = said;
  return { type: 'reasoning', text, ...(signature !== undefined && { signature }), carry: carry(fields) };
}

function restoreReasoning(part: ReasoningPart, fields: JsonObject): JsonObject {
  if (part.redacted !== undefined) return { ...fields, reasoningContent: { redactedContent: part.redacted } };
  const inner = isObject(fields.reasoningContent) ? fields.reasoningContent : {};
  const said: JsonObject = {
    ...(isObject(inner.reasoningText) ? inner.reasoningText : {}),
    text: part.text,
  };
  if (part.signature !== undefined) said.signature = part.signature;
  return { ...fields, reasoningContent: { ...inner, reasoningText: said } };
}

/** A tool the service runs itself is none the client could answer for. */
export function isServerTool({ type }: JsonObject): boolean {
  return type !== undefined && type !== 'tool_use' && type !== 'tool_result';
}

function readToolCall(block: JsonObject): ToolCallPart | undefined {
  const inner: JsonObject = { ...(block.toolUse as JsonObject) };
  if (typeof inner.toolUseId !== 'string' || typeof inner.name !== 'string' || isServerTool(inner))
    return undefined;
  const id = take(inner, 'toolUseId') as string;
  const name = take(inner, 'name') as string;
  const input = take(inner, 'input');
  return {
    type: 'tool-call',
    id,
    name,
    arguments: input === undefined ? '' : JSON.stringify(input),
    carry: carry({ ...block, toolUse: inner }),
  };
}

function restoreToolCall(part: ToolCallPart, fields: JsonObject): JsonObject {
  const inner = isObject(fields.toolUse) ? fields.toolUse : {};
  const input = part.arguments === '' ? undefined : parsed(part.arguments);
  return { ...fields, toolUse: { ...inner, toolUseId: part.id, name: part.name, input } };
}

function readToolResult(block: JsonObject): ToolResultPart | undefined {
  const inner: JsonObject = { ...(block.toolResult as JsonObject) };
  if (typeof inner.toolUseId !== 'string' || !Array.isArray(inner.content) || isServerTool(inner))
    return undefined;
  const toolCallId = take(inner, 'toolUseId') as string;
  const parts = readBlocks(take(inner, 'content') as JsonValue[]);
  const isError =
    inner.status === 'error' || inner.status === 'success' ? take(inner, 'status') === 'error' : undefined;
  return {
    type: 'tool-result',
    toolCallId,
    parts,
    plainText: false,
    ...(isError !== undefined && { isError }),
    carry: carry({ ...block, toolResult: inner }),
  };
}

function restoreToolResult(part: ToolResultPart, fields: JsonObject): JsonObject {
  const inner: JsonObject = { ...(isObject(fields.toolResult) ? fields.toolResult : {}) };
  inner.toolUseId = part.toolCallId;
  inner.content = restoreBlocks(part.parts);
  if (part.isError !== undefined) inner.status = part.isError ? 'error' : 'success';
  return { ...fields, toolResult: inner };
}

/** Text in one of its four guises: plain, JSON of a tool, under a guardrail, with citations. */
function readText(block: JsonObject): Part | undefined {
  const fields: JsonObject = { ...block };
  if (typeof block.text === 'string')
    return { type: 'text', text: take(fields, 'text') as string, carry: carry(fields) };
  if (block.json !== undefined)
    return { type: 'text', text: JSON.stringify(take(fields, 'json')), carry: carry(fields) };
  const guarded = isObject(block.guardContent) ? block.guardContent : undefined;
  if (isObject(guarded?.text) && typeof guarded.text.text === 'string') {
    const inner: JsonObject = { ...guarded.text };
    const text = take(inner, 'text') as string;
    return { type: 'text', text, carry: carry({ ...block, guardContent: { ...guarded, text: inner } }) };
  }
  const cited = isObject(block.citationsContent) ? joinedTexts(block.citationsContent.content) : undefined;
  return cited === undefined ? undefined : { type: 'text', text: cited, carry: carry(fields) };
}

function restoreText(part: TextPart, fields: JsonObject): JsonObject {
  if (isObject(fields.guardContent) && isObject(fields.guardContent.text))
    return {
      ...fields,
      guardContent: { ...fields.guardContent, text: { ...fields.guardContent.text, text: part.text } },
    };
  if (isObject(fields.citationsContent))
    return joinedTexts(fields.citationsContent.content) === part.text ? fields : { text: part.text };
  if (Object.hasOwn(fields, 'json')) return { ...fields, json: parsed(part.text) };
  return { ...fields, text: part.text };
}

/** A found document, given as its text. */
function readSearchResult(block: JsonObject): Part | undefined {
  const found = block.searchResult as JsonObject;
  const text = joinedTexts(found.content);
  if (text === undefined) return undefined;
  return {
    type: 'media',
    kind: 'document',
    source: { type: 'text', text },
    ...(typeof found.title === 'string' && { name: found.title }),
    carry: carry({ ...block }),
  };
}

function readBlock(raw: JsonValue): Part {
  let part: Part | undefined;
  if (isObject(raw) && Object.keys(raw).length === 1) {
    if (isObject(raw.toolUse)) part = readToolCall(raw);
    else if (isObject(raw.toolResult)) part = readToolResult(raw);
    else if (isObject(raw.reasoningContent)) part = readReasoning(raw);
    else if (isObject(raw.searchResult)) part = readSearchResult(raw);
    else part = readText(raw) ?? readMedia(raw);
  }
  return part ?? { type: 'other', carry: carry({ value: raw }) };
}

/** The mark a `cachePoint` block is; undefined for any other block, and for one with more to it. */
export function cacheMarkOf(raw: JsonValue): { readonly ttl?: string } | undefined {
  if (!isObject(raw) || Object.keys(raw).length !== 1 || !isObject(raw.cachePoint)) return undefined;
  const { type, ttl, ...rest } = raw.cachePoint;
  if (type !== 'default' || Object.keys(rest).length > 0) return undefined;
  if (ttl === undefined) return {};
  return typeof ttl === 'string' ? { ttl } : undefined;
}

export function cachePoint({ ttl }: { readonly ttl?: string }): JsonObject {
  return { cachePoint: { type: 'default', ...(ttl !== undefined && { ttl }) } };
}

/** A cache point belongs to the part before it; one that has none is a part of its own. */
export function readBlocks(list: readonly JsonValue[]): Part[] {
  const parts: Part[] = [];
  for (const raw of list) {
    const mark = cacheMarkOf(raw);
    const last = parts.at(-1);
    if (mark !== undefined && last !== undefined && last.type !== 'other' && last.cache === undefined)
      parts[parts.length - 1] = { ...last, cache: mark };
    else parts.push(readBlock(raw));
  }
  return parts;
}

function restoreBlock(part: Part): JsonValue {
  const fields = carriedFields('carry' in part ? part.carry : undefined, dialect);
  switch (part.type) {
    case 'text':
      return restoreText(part, fields);
    case 'refusal':
      return { ...fields, text: part.text };
    case 'media':
      return restoreMedia(part, fields);
    case 'reasoning':
      return restoreReasoning(part, fields);
    case 'tool-call':
      return restoreToolCall(part, fields);
    case 'tool-result':
      return restoreToolResult(part, fields);
    case 'other':
      return fields.value ?? null;
  }
}

/** Parts of this dialect's own reading, as they were. */
export function restoreBlocks(parts: readonly Part[]): JsonValue[] {
  return parts.flatMap((part) => {
    const block = restoreBlock(part);
    return 'cache' in part && part.cache !== undefined ? [block, cachePoint(part.cache)] : [block];
  });
}
