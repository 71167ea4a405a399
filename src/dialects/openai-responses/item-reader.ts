/**
 * Reads the items of a Responses input: each becomes a message of its own, so that the list can be restored exactly. Writers
 * of other dialects merge them to turns (`core/turns.ts`).
 */
import type { Message, Role } from '../../core/call.ts';
import { take } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { wrongType } from '../openai/fields.ts';
import { carry, other, readPart } from './content.ts';
import { observedKey } from './form-keys.ts';

const roles: ReadonlySet<string> = new Set<Role>(['system', 'developer', 'user', 'assistant']);
/** Item type → where a call says what it passes to its tool. */
export const callInputs: Readonly<Record<string, string>> = {
  function_call: 'arguments',
  custom_tool_call: 'input',
};
const outputTypes: ReadonlySet<string> = new Set(['function_call_output', 'custom_tool_call_output']);

/** An item only this API has: a tool its provider runs, a reference, a compacted past. */
function otherItem(raw: JsonObject): Message {
  return { role: 'other', parts: [other(raw)], plainText: false, carry: carry({}) };
}

function readMessage(raw: JsonObject, at: number): Message {
  const role = stringOf(raw.role);
  if (role === undefined || !roles.has(role)) return otherItem(raw);
  const fields: JsonObject = { ...raw };
  take(fields, 'role');
  const { content } = fields;
  const plainText = typeof content === 'string';
  const parts: Part[] = [];
  if (plainText) parts.push({ type: 'text', text: take(fields, 'content') as string });
  else if (Array.isArray(content)) parts.push(...(take(fields, 'content') as JsonValue[]).map(readPart));
  else if (content !== undefined && content !== null)
    throw wrongType(`input[${at}].content`, 'a string or an array', content);
  return { role: role as Role, parts, plainText, carry: carry(fields) };
}

function readCall(raw: JsonObject, inputKey: string): Message {
  const fields: JsonObject = { ...raw };
  if (typeof fields.call_id !== 'string' || typeof fields.name !== 'string') return otherItem(raw);
  if (typeof fields[inputKey] !== 'string') return otherItem(raw);
  const id = take(fields, 'call_id') as string;
  const name = take(fields, 'name') as string;
  const said = take(fields, inputKey) as string;
  const kind = inputKey === 'input' ? 'custom' : 'function';
  return {
    role: 'assistant',
    parts: [{ type: 'tool-call', id, name, arguments: said, kind }],
    plainText: false,
    carry: carry(fields),
  };
}

function readOutput(raw: JsonObject): Message {
  const fields: JsonObject = { ...raw };
  const { output } = fields;
  const plainText = typeof output === 'string';
  if (typeof fields.call_id !== 'string' || !(plainText || Array.isArray(output))) return otherItem(raw);
  const toolCallId = take(fields, 'call_id') as string;
  take(fields, 'output');
  const parts: Part[] = plainText
    ? [{ type: 'text', text: output }]
    : (output as JsonValue[]).map((part) => readPart(part));
  return {
    role: 'tool',
    parts: [{ type: 'tool-result', toolCallId, parts, plainText }],
    plainText: false,
    carry: carry(fields),
  };
}

/** The texts of `content` and `summary`, which have one seat for many texts elsewhere: a paragraph each. */
function reasoningText(item: JsonObject): string {
  return [item.content, item.summary]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((part) => (isObject(part) ? (stringOf(part.text) ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Several texts made one could not be told apart again: the item is observed, not taken. */
function readReasoning(raw: JsonObject): Message {
  const { content, summary, encrypted_content, ...rest } = raw;
  const fields: JsonObject = { ...rest, [observedKey]: raw };
  const encrypted = stringOf(encrypted_content) || undefined;
  const id = stringOf(raw.id);
  const text = reasoningText(raw);
  const proof = encrypted !== undefined && { [text === '' ? 'redacted' : 'signature']: encrypted };
  const isSaid = text !== '' || encrypted !== undefined;
  const parts: Part[] = isSaid
    ? [{ type: 'reasoning', text, ...proof, ...(id !== undefined && { id }) }]
    : [];
  return { role: 'assistant', parts, plainText: false, carry: carry(fields) };
}

function readItem(raw: JsonValue, at: number): Message {
  if (!isObject(raw)) throw wrongType(`input[${at}]`, 'an object', raw);
  const type = stringOf(raw.type);
  if (type === 'message' || raw.type === undefined) return readMessage(raw, at);
  if (type === undefined) return otherItem(raw);
  const inputKey = Object.hasOwn(callInputs, type) ? callInputs[type] : undefined;
  if (inputKey !== undefined) return readCall(raw, inputKey);
  if (outputTypes.has(type)) return readOutput(raw);
  return type === 'reasoning' ? readReasoning(raw) : otherItem(raw);
}

export function readItems(items: readonly JsonValue[]): Message[] {
  return items.map(readItem);
}
