/** One `Content` of a conversation, or the system instruction, read and put together again. */
import type { Message, Role } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { wrongType } from '../openai/fields.ts';
import type { CallIds } from './call-ids.ts';
import { dialect } from './fields.ts';
import { readPart, restoreParts } from './part.ts';

/** Whether the parts that are content, rather than reasoning or calls, are one text alone. */
function isPlain(parts: readonly Part[]): boolean {
  const content = parts.filter((part) => part.type !== 'reasoning' && part.type !== 'tool-call');
  return content.length === 1 && content[0]?.type === 'text';
}

function roleOf(raw: JsonValue | undefined, parts: readonly Part[]): Role | undefined {
  switch (raw) {
    case undefined:
    case null:
    case '':
    case 'user':
      return 'user';
    case 'model':
      return 'assistant';
    case 'system':
      return 'system';
    case 'function':
    case 'tool':
      return parts.every((part) => part.type === 'tool-result') ? 'tool' : 'user';
    default:
      return undefined;
  }
}

/** A list of parts, or, as Google's lenient JSON reader takes it, a single one, whose seat is then an empty object. */
function takeParts(fields: JsonObject, ids: CallIds, path: string): Part[] {
  const raw = fields.parts;
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw) && !isObject(raw)) throw wrongType(`${path}.parts`, 'an array', raw);
  fields.parts = Array.isArray(raw) ? undefined : {};
  return (Array.isArray(raw) ? raw : [raw]).flatMap((part) => readPart(part, ids));
}

export function readContent(raw: JsonValue, ids: CallIds, path: string): Message {
  if (!isObject(raw)) throw wrongType(path, 'an object', raw);
  const fields: JsonObject = { ...raw };
  const parts = takeParts(fields, ids, path);
  const role = roleOf(fields.role, parts);
  if (role === undefined)
    return { role: 'other', parts: [], plainText: false, carry: { dialect, fields: { value: raw } } };
  return { role, parts, plainText: isPlain(parts), carry: { dialect, fields } };
}

/** The system instruction: a Content, or what some clients send, a plain string. */
export function readSystem(raw: JsonObject | string, ids: CallIds): Message {
  if (typeof raw === 'string')
    return {
      role: 'system',
      apart: true,
      parts: [{ type: 'text', text: raw }],
      plainText: true,
      carry: { dialect, fields: {} },
    };
  return { ...readContent({ ...raw, role: 'system' }, ids, 'systemInstruction'), ...carryOf(raw) };
}

/** Whatever role a system instruction claims, it is kept for the trip. */
function carryOf(raw: JsonObject): Pick<Message, 'apart' | 'carry'> {
  const fields: JsonObject = { ...raw };
  if (Array.isArray(raw.parts)) fields.parts = undefined;
  else if (isObject(raw.parts)) fields.parts = {};
  return { apart: true, carry: { dialect, fields } };
}

/** A message of this dialect put together again. */
export function restoreContent(message: Message): JsonValue {
  const fields: JsonObject = { ...carriedFields(message.carry, dialect) };
  if (message.role === 'other') return fields.value ?? null;
  const [text] = message.parts;
  if (!Object.hasOwn(fields, 'parts')) return text?.type === 'text' ? text.text : fields;
  if (fields.parts === null) return fields;
  const parts = restoreParts(message.parts);
  fields.parts = isObject(fields.parts) ? (parts[0] ?? {}) : parts;
  return fields;
}
