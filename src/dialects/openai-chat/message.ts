/** One message of a conversation, read from OpenAI Chat and written back. */

import type { Message, Role } from '../../core/call.ts';
import { type Carry, carriedFields, seatOf, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { type Part, sourceOfUrl, type ToolCallPart, urlOf } from '../../core/part.ts';
import { wrongType } from '../openai/fields.ts';
import { reasoningKeys } from '../openai/reply-reader.ts';

const dialect = 'openai-chat';
const roles: ReadonlySet<string> = new Set<Role>(['system', 'developer', 'user', 'assistant', 'tool']);

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

function readPart(raw: JsonValue): Part {
  if (!isObject(raw)) return { type: 'other', carry: carry({ value: raw }) };
  const fields: JsonObject = { ...raw };
  if (fields.type === 'text' && typeof fields.text === 'string')
    return { type: 'text', text: take(fields, 'text') as string, carry: carry(fields) };
  if (fields.type === 'refusal' && typeof fields.refusal === 'string')
    return { type: 'refusal', text: take(fields, 'refusal') as string, carry: carry(fields) };
  const image = fields.image_url;
  if (fields.type === 'image_url' && isObject(image) && typeof image.url === 'string') {
    const inner: JsonObject = { ...image };
    const url = take(inner, 'url') as string;
    fields.image_url = inner;
    return { type: 'media', kind: 'image', source: sourceOfUrl(url), carry: carry(fields) };
  }
  return { type: 'other', carry: carry({ value: raw }) };
}

function writePart(part: Part): JsonValue {
  const fields: JsonObject = { ...carriedFields('carry' in part ? part.carry : undefined, dialect) };
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: 'text', ...fields, text: part.text };
    case 'refusal':
      return { type: 'refusal', ...fields, refusal: part.text };
    case 'media': {
      const inner = isObject(fields.image_url) ? fields.image_url : {};
      return { type: 'image_url', ...fields, image_url: { ...inner, url: urlOf(part.source) } };
    }
    default:
      return fields.value ?? null;
  }
}

function readToolCall(raw: JsonValue): ToolCallPart | undefined {
  if (!isObject(raw) || typeof raw.id !== 'string' || !isObject(raw.function)) return undefined;
  const fields: JsonObject = { ...raw };
  const inner: JsonObject = { ...raw.function };
  if (typeof inner.name !== 'string' || typeof inner.arguments !== 'string') return undefined;
  const id = take(fields, 'id') as string;
  const name = take(inner, 'name') as string;
  const args = take(inner, 'arguments') as string;
  fields.function = inner;
  return { type: 'tool-call', id, name, arguments: args, carry: carry(fields) };
}

function writeToolCall(part: ToolCallPart): JsonObject {
  const fields = carriedFields(part.carry, dialect);
  const inner = isObject(fields.function) ? fields.function : {};
  const call: JsonObject = { type: 'function', ...fields };
  call.id = part.id;
  call.function = { ...inner, name: part.name, arguments: part.arguments };
  return call;
}

/** Tool calls are taken only when every one of them is understood; a mixed list stays in the carry whole. */
function takeToolCalls(fields: JsonObject): Part[] {
  const raw = fields.tool_calls;
  if (!Array.isArray(raw) || raw.length === 0) return [];
  const calls = raw.map(readToolCall);
  if (calls.some((call) => call === undefined)) return [];
  take(fields, 'tool_calls');
  return calls.filter((call) => call !== undefined);
}

function takeReasoning(fields: JsonObject): Part[] {
  const key = reasoningKeys.find((candidate) => typeof fields[candidate] === 'string');
  return key === undefined ? [] : [{ type: 'reasoning', text: take(fields, key) as string }];
}

export function readMessage(raw: JsonValue, at: number): Message {
  if (!isObject(raw)) throw wrongType(`messages[${at}]`, 'an object', raw);
  const fields: JsonObject = { ...raw };
  const role = stringOf(fields.role);
  if (role === undefined || !roles.has(role))
    return { role: 'other', parts: [], plainText: false, carry: carry(fields) };
  take(fields, 'role');
  const parts: Part[] = takeReasoning(fields);
  const content = fields.content;
  const plainText = typeof content === 'string';
  if (plainText) parts.push({ type: 'text', text: take(fields, 'content') as string });
  else if (Array.isArray(content) && content.length > 0)
    parts.push(...(take(fields, 'content') as JsonValue[]).map(readPart));
  else if (content !== undefined && content !== null && !Array.isArray(content))
    throw wrongType(`messages[${at}].content`, 'a string or an array', content);
  parts.push(...takeToolCalls(fields));
  const name = takeString(fields, 'name');
  const toolCallId = role === 'tool' ? takeString(fields, 'tool_call_id') : undefined;
  return {
    role: role as Role,
    ...(name !== undefined && { name }),
    parts: toolCallId === undefined ? parts : [{ type: 'tool-result', toolCallId, parts, plainText }],
    plainText,
    carry: carry(fields),
  };
}

export function writeMessage(message: Message): JsonObject {
  const fields: JsonObject = { ...carriedFields(message.carry, dialect) };
  if (message.role === 'other') return fields;
  const written: JsonObject = { ...fields, role: message.role };
  const [result] = message.parts;
  const parts = result?.type === 'tool-result' ? result.parts : message.parts;
  const content = parts.filter((part) => part.type !== 'tool-call' && part.type !== 'reasoning');
  if (message.plainText)
    written.content = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  else if (content.length > 0) written.content = content.map(writePart);
  for (const part of message.parts)
    if (part.type === 'reasoning') written[seatOf(fields, reasoningKeys)] = part.text;
  const calls = message.parts.filter((part) => part.type === 'tool-call');
  if (calls.length > 0) written.tool_calls = calls.map(writeToolCall);
  if (message.name !== undefined) written.name = message.name;
  if (result?.type === 'tool-result') written.tool_call_id = result.toolCallId;
  return written;
}
