/** A tool call in an assistant's message, read from OpenAI Chat and written back. */
import { carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Part, ToolCallPart } from '../../core/part.ts';
import { putSignature, replaceSignature, signatureIn } from '../openai/thought-signature.ts';
import { putCache, takeCache } from './cache-mark.ts';

const dialect = 'openai-chat';

/** A call that is not understood travels whole, among the calls. */
function otherCall(raw: JsonValue): Part {
  return { type: 'other', carry: { dialect, fields: { type: 'tool call', toolCall: raw } } };
}

export function isCall(part: Part): boolean {
  if (part.type === 'other') return Object.hasOwn(carriedFields(part.carry, dialect), 'toolCall');
  return part.type === 'tool-call';
}

export function readToolCall(raw: JsonValue): Part {
  if (!isObject(raw) || typeof raw.id !== 'string') return otherCall(raw);
  const kind = raw.type === 'custom' ? 'custom' : 'function';
  const argumentsKey = kind === 'custom' ? 'input' : 'arguments';
  const body = raw[kind];
  if (!isObject(body) || typeof body.name !== 'string') return otherCall(raw);
  if (body[argumentsKey] !== undefined && typeof body[argumentsKey] !== 'string') return otherCall(raw);
  const fields: JsonObject = { ...raw };
  const inner: JsonObject = { ...body };
  const id = take(fields, 'id') as string;
  const name = take(inner, 'name') as string;
  const args = takeString(inner, argumentsKey) ?? '';
  const signature = signatureIn(fields);
  if (signature !== undefined) replaceSignature(fields, undefined);
  const cache = takeCache(fields);
  fields[kind] = inner;
  return {
    type: 'tool-call',
    id,
    name,
    arguments: args,
    ...(kind === 'custom' && { kind }),
    ...(signature !== undefined && { signature }),
    ...(cache !== undefined && { cache }),
    carry: { dialect, fields },
  };
}

function writeCall(part: ToolCallPart): JsonObject {
  const kind = part.kind ?? 'function';
  const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
  const inner: JsonObject = { ...(isObject(fields[kind]) ? fields[kind] : {}), name: part.name };
  const key = kind === 'custom' ? 'input' : 'arguments';
  const isRead = part.carry?.dialect === dialect;
  // Arguments that never were there are not made up.
  if (part.arguments !== '' || !isRead || Object.hasOwn(inner, key)) inner[key] = part.arguments;
  putSignature(fields, part.signature);
  putCache(fields, part.cache);
  return { ...(!isRead && { type: kind }), ...fields, id: part.id, [kind]: inner };
}

export function writeToolCall(part: Part): JsonValue {
  if (part.type === 'tool-call') return writeCall(part);
  return part.type === 'other' ? (carriedFields(part.carry, dialect).toolCall ?? null) : null;
}
