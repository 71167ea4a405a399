/**
 * A model's reasoning in a message of the history: a string (`reasoning_content`, `reasoning`), and OpenRouter's
 * `reasoning_details`, which has the signatures and encrypted pieces that must go back to their origin.
 */
import { carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Part, ReasoningPart } from '../../core/part.ts';
import { reasoningKeys } from '../openai/reply-reader.ts';

const dialect = 'openai-chat';
const listKey = 'reasoning_details';

/** Where each type of detail keeps what it says. */
const textKeys: ReadonlyMap<string, string> = new Map([
  ['reasoning.text', 'text'],
  ['reasoning.summary', 'summary'],
  ['reasoning.encrypted', 'data'],
]);

function textKeyOf(fields: JsonObject): string | undefined {
  return typeof fields.type === 'string' ? textKeys.get(fields.type) : undefined;
}

function readDetail(raw: JsonValue): ReasoningPart | undefined {
  if (!isObject(raw)) return undefined;
  const fields: JsonObject = { ...raw };
  const key = textKeyOf(fields);
  if (key === undefined) return undefined;
  const said = takeString(fields, key);
  const signature = takeString(fields, 'signature');
  if (said === undefined && signature === undefined) return undefined;
  const carry = { dialect, fields } as const;
  if (key === 'data')
    return said === undefined ? undefined : { type: 'reasoning', text: '', redacted: said, carry };
  return { type: 'reasoning', text: said ?? '', ...(signature !== undefined && { signature }), carry };
}

function takeDetails(fields: JsonObject): ReasoningPart[] {
  const raw = fields[listKey];
  if (!Array.isArray(raw) || raw.length === 0) return [];
  const parts = raw.map(readDetail).filter((part) => part !== undefined);
  if (parts.length !== raw.length) return [];
  take(fields, listKey);
  return parts;
}

function textOf(parts: readonly ReasoningPart[]): string {
  return parts.map((part) => part.text).join('');
}

/** The string mostly repeats the details; then it is told once, and both seats are filled from the details. */
export function takeReasoning(fields: JsonObject): Part[] {
  const key = reasoningKeys.find((candidate) => typeof fields[candidate] === 'string');
  const details = takeDetails(fields);
  if (key === undefined) return details;
  const text = textOf(details);
  if (text !== '' && text !== fields[key]) return details;
  const said = take(fields, key) as string;
  return text === '' ? [{ type: 'reasoning', text: said }, ...details] : details;
}

function isDetail(part: ReasoningPart): boolean {
  return textKeyOf(carriedFields(part.carry, dialect)) !== undefined;
}

function writeDetail(part: ReasoningPart): JsonObject {
  const fields = carriedFields(part.carry, dialect);
  const key = textKeyOf(fields) ?? 'text';
  const written: JsonObject = { ...fields };
  if (Object.hasOwn(fields, key) || part.text !== '') written[key] = part.redacted ?? part.text;
  // A null was never a text.
  if (fields[key] !== undefined) written[key] = fields[key];
  if (part.signature !== undefined) written.signature = part.signature;
  return written;
}

export function putReasoning(fields: JsonObject, parts: readonly Part[]): void {
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  const details = reasoning.filter(isDetail);
  const strings = reasoning.filter((part) => !isDetail(part));
  const seat = reasoningKeys.find((key) => Object.hasOwn(fields, key) && fields[key] === undefined);
  if (strings.length > 0) fields[seat ?? reasoningKeys[0]] = textOf(strings);
  else if (seat !== undefined && details.length > 0) fields[seat] = textOf(details);
  if (details.length > 0) fields[listKey] = details.map(writeDetail);
}
