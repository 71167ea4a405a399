/** The parts of a request's contents, read and put together again. */
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';
import type { Part, ReasoningPart, ToolCallPart } from '../../core/part.ts';
import type { CallIds } from './call-ids.ts';
import { dialect, fieldOf, fillSeat, hasSeat, keyOf, takeField, takeText } from './fields.ts';
import { readMedia, restoreMedia } from './media.ts';
import { readToolResult, restoreToolResult } from './tool-result.ts';

/** `fields` is a copy of the part, which becomes its carry. Undefined when it names no function. */
function readToolCall(fields: JsonObject, ids: CallIds): ToolCallPart | undefined {
  const key = keyOf(fields, 'functionCall');
  const raw = fields[key];
  if (!isObject(raw) || typeof raw.name !== 'string') return undefined;
  const inner: JsonObject = { ...raw };
  const name = takeField(inner, 'name') as string;
  const given = typeof inner.id === 'string' && inner.id !== '' ? inner.id : undefined;
  if (given !== undefined) takeField(inner, 'id');
  const args = isObject(inner.args) ? JSON.stringify(takeField(inner, 'args')) : '{}';
  const signature = takeText(fields, 'thoughtSignature');
  fields[key] = inner;
  return {
    type: 'tool-call',
    id: ids.call(name, given),
    name,
    arguments: args,
    ...(signature !== undefined && { signature }),
    carry: { dialect, fields },
  };
}

function restoreToolCall(part: ToolCallPart): JsonObject {
  const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
  const key = keyOf(fields, 'functionCall');
  const inner: JsonObject = isObject(fields[key]) ? { ...fields[key] } : {};
  fillSeat(inner, 'name', part.name);
  fillSeat(inner, 'id', part.id);
  fillSeat(inner, 'args', parseObject(part.arguments) ?? {});
  fillSeat(fields, 'thoughtSignature', part.signature);
  fields[key] = inner;
  return fields;
}

/**
 * The signature of a part that is neither thought nor call: reasoning without text in front of it, since only reasoning has
 * a signature elsewhere. Its carry has no seat for a text, by which the writer knows it.
 */
function signatureOf(fields: JsonObject): ReasoningPart[] {
  const signature = takeText(fields, 'thoughtSignature');
  return signature === undefined
    ? []
    : [{ type: 'reasoning', text: '', signature, carry: { dialect, fields: {} } }];
}

function readThought(fields: JsonObject): ReasoningPart {
  const text = takeField(fields, 'text') as string;
  const signature = takeText(fields, 'thoughtSignature');
  return {
    type: 'reasoning',
    text,
    ...(signature !== undefined && { signature }),
    carry: { dialect, fields },
  };
}

export function readPart(raw: JsonValue, ids: CallIds): Part[] {
  const other: Part = { type: 'other', carry: { dialect, fields: { value: raw } } };
  if (!isObject(raw)) return [other];
  const fields: JsonObject = { ...raw };
  if (typeof fields.text === 'string') {
    if (fields.thought === true) return [readThought(fields)];
    const signature = signatureOf(fields);
    const text = takeField(fields, 'text') as string;
    return [...signature, { type: 'text', text, carry: { dialect, fields } }];
  }
  if (fieldOf(fields, 'functionCall') !== undefined) return [readToolCall(fields, ids) ?? other];
  const known = readToolResult(fields, ids) ?? readMedia(fields);
  return known === undefined ? [other] : [...signatureOf(fields), known];
}

function restorePart(part: Part, signature: string | undefined): JsonValue {
  switch (part.type) {
    case 'tool-call':
      return restoreToolCall(part);
    case 'other':
      return part.carry.fields.value ?? null;
    case 'text':
    case 'refusal': {
      const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
      fields.text = part.text;
      fillSeat(fields, 'thoughtSignature', signature);
      return fields;
    }
    case 'reasoning': {
      const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
      fields.text = part.text;
      fillSeat(fields, 'thoughtSignature', part.signature);
      return fields;
    }
    default: {
      const fields = part.type === 'media' ? restoreMedia(part) : restoreToolResult(part);
      fillSeat(fields, 'thoughtSignature', signature);
      return fields;
    }
  }
}

/** Parts of this dialect put together again. */
export function restoreParts(parts: readonly Part[]): JsonValue[] {
  const written: JsonValue[] = [];
  let signature: string | undefined;
  for (const part of parts) {
    if (part.type === 'reasoning' && !hasSeat(carriedFields(part.carry, dialect), 'text')) {
      signature = part.signature;
      continue;
    }
    written.push(restorePart(part, signature));
    signature = undefined;
  }
  return written;
}
