/** One message of a conversation, read from OpenAI Chat and written back to it. */

import type { Message, Role } from '../../core/call.ts';
import { type Carry, carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { CacheMark, Part } from '../../core/part.ts';
import { wrongType } from '../openai/fields.ts';
import { hasCacheSeat, putCache, takeCache } from './cache-mark.ts';
import { readPart, writePart } from './content-part.ts';
import { PendingCalls, putCall, writeResult } from './legacy-functions.ts';
import { putReasoning, takeReasoning } from './reasoning-details.ts';
import { isCall, readToolCall, writeToolCall } from './tool-call.ts';

const dialect = 'openai-chat';
const roles: ReadonlySet<string> = new Set<Role>(['system', 'developer', 'user', 'assistant', 'tool']);

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

function takeContent(fields: JsonObject, at: number): Part[] {
  const { content } = fields;
  if (typeof content === 'string') return [{ type: 'text', text: take(fields, 'content') as string }];
  if (Array.isArray(content) && content.length > 0)
    return (take(fields, 'content') as JsonValue[]).map(readPart);
  if (content !== undefined && content !== null && !Array.isArray(content))
    throw wrongType(`messages[${at}].content`, 'a string or an array', content);
  return [];
}

/** Beside the content, as OpenAI keeps it. An empty one says nothing. */
function takeRefusal(fields: JsonObject): Part[] {
  return typeof fields.refusal === 'string' && fields.refusal !== ''
    ? [{ type: 'refusal', text: take(fields, 'refusal') as string }]
    : [];
}

function takeToolCalls(fields: JsonObject): Part[] {
  const calls = fields.tool_calls;
  if (!Array.isArray(calls) || calls.length === 0) return [];
  take(fields, 'tool_calls');
  return calls.map(readToolCall);
}

/** A mark on the message is one at the end of its last part. */
function markLast(fields: JsonObject, parts: readonly Part[]): Part[] {
  const last = parts.at(-1);
  if (last === undefined || last.type === 'other' || last.cache !== undefined) return [...parts];
  const cache = takeCache(fields);
  return cache === undefined ? [...parts] : [...parts.slice(0, -1), { ...last, cache }];
}

function readKnown(raw: JsonObject, role: Role, at: number, pending: PendingCalls): Message {
  const fields: JsonObject = { ...raw };
  take(fields, 'role');
  const plainText = typeof fields.content === 'string';
  const parts = role === 'assistant' ? takeReasoning(fields) : [];
  parts.push(...takeContent(fields, at));
  if (role === 'assistant') {
    parts.push(...takeRefusal(fields), ...takeToolCalls(fields));
    const call = pending.takeCall(fields, at);
    if (call !== undefined) parts.push(call);
  }
  const name = takeString(fields, 'name');
  const toolCallId = role === 'tool' ? takeString(fields, 'tool_call_id') : undefined;
  const held: Part[] =
    toolCallId === undefined ? parts : [{ type: 'tool-result', toolCallId, parts, plainText }];
  return {
    role,
    ...(name !== undefined && { name }),
    parts: markLast(fields, held),
    plainText,
    carry: carry(fields),
  };
}

export function readMessage(raw: JsonValue, at: number, pending = new PendingCalls()): Message {
  if (!isObject(raw)) throw wrongType(`messages[${at}]`, 'an object', raw);
  const role = stringOf(raw.role);
  if (role !== undefined && roles.has(role)) return readKnown(raw, role as Role, at, pending);
  const result = role === 'function' ? pending.readResult(raw) : undefined;
  return result ?? { role: 'other', parts: [], plainText: false, carry: carry({ ...raw }) };
}

export function readMessages(raw: readonly JsonValue[]): Message[] {
  const pending = new PendingCalls();
  return raw.map((message, at) => readMessage(message, at, pending));
}

function cacheOf(part: Part | undefined): CacheMark | undefined {
  return part === undefined || part.type === 'other' ? undefined : part.cache;
}

function writeContent(fields: JsonObject, parts: readonly Part[], plainText: boolean, marked?: Part): void {
  const refusals = parts.filter((part) => part.type === 'refusal' && part.carry === undefined);
  const content = parts.filter(
    (part) => part.type !== 'reasoning' && !isCall(part) && !refusals.includes(part),
  );
  if (plainText) fields.content = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  else if (content.length > 0) fields.content = content.map((part) => writePart(part, part === marked));
  for (const part of refusals) if (part.type === 'refusal') fields.refusal = part.text;
}

/** A message of the writer's own dialect. */
export function writeMessage(message: Message): JsonObject {
  const carried = carriedFields(message.carry, dialect);
  if (message.role === 'other') return { ...carried };
  const [result] = message.parts;
  if (result?.type === 'tool-result' && carried.role === 'function') return writeResult(message, result);
  const fields: JsonObject = { ...carried, role: message.role };
  const last = message.parts.at(-1);
  const marked = hasCacheSeat(carried) ? last : undefined;
  const unmarked = (part: Part) => (part === marked && part.type === 'tool-call' ? withoutCache(part) : part);
  const parts = result?.type === 'tool-result' ? result.parts : message.parts.map(unmarked);
  writeContent(fields, parts, message.plainText, marked);
  putReasoning(fields, message.parts);
  const legacy = parts.find((part) => part.type === 'tool-call' && part.carry === undefined);
  const isLegacy = legacy?.type === 'tool-call' && putCall(fields, legacy);
  const calls = parts.filter((part) => isCall(part) && !(isLegacy && part === legacy));
  if (calls.length > 0) fields.tool_calls = calls.map(writeToolCall);
  if (message.name !== undefined) fields.name = message.name;
  if (result?.type === 'tool-result') fields.tool_call_id = result.toolCallId;
  if (marked !== undefined) putCache(fields, cacheOf(last));
  return fields;
}

function withoutCache(part: Part & { type: 'tool-call' }): Part {
  const { cache: _, ...rest } = part;
  return rest;
}
