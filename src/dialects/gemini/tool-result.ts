/** `functionResponse`: a tool's result, which in Gemini is always an object, with media beside it. */
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';
import type { Part, TextPart, ToolResultPart } from '../../core/part.ts';
import type { CallIds } from './call-ids.ts';
import { dialect, fillSeat, hasSeat, keyOf, takeField } from './fields.ts';
import { readMedia, restoreMedia } from './media.ts';

/** Keys under which clients wrap a result that is no object itself; `output` and `error` are Google's own. */
const wrappers: ReadonlySet<string> = new Set(['output', 'error', 'result', 'return_value', 'content']);

/** Some say the tool's name once more beside it. */
function wrapperOf(response: JsonObject, name: string): string | undefined {
  const [key, ...rest] = Object.keys(response).filter((one) => one !== 'name' || response.name !== name);
  if (key === undefined || rest.length > 0 || !wrappers.has(key)) return undefined;
  return typeof response[key] === 'string' ? key : undefined;
}

function readInnerPart(raw: JsonValue): Part {
  const media = isObject(raw) ? readMedia({ ...raw }) : undefined;
  return media ?? { type: 'other', carry: { dialect, fields: { value: raw } } };
}

/** Takes the response out of `inner`. A wrapper's seat is inside it: `{"output":undefined}`. */
function takeResponse(inner: JsonObject, name: string): { text?: TextPart; isError: boolean } {
  const { response } = inner;
  if (!isObject(response)) return { isError: false };
  const wrapper = wrapperOf(response, name);
  inner.response = wrapper === undefined ? undefined : { ...response, [wrapper]: undefined };
  const text = wrapper === undefined ? JSON.stringify(response) : (response[wrapper] as string);
  return { text: { type: 'text', text }, isError: wrapper === 'error' };
}

/** `fields` is a copy of the part, which becomes its carry. Undefined when it names no function. */
export function readToolResult(fields: JsonObject, ids: CallIds): ToolResultPart | undefined {
  const key = keyOf(fields, 'functionResponse');
  const raw = fields[key];
  if (!isObject(raw) || typeof raw.name !== 'string') return undefined;
  const inner: JsonObject = { ...raw };
  const name = takeField(inner, 'name') as string;
  const given = typeof inner.id === 'string' && inner.id !== '' ? inner.id : undefined;
  const toolCallId = ids.answer(name, given);
  // Where the call has another id than its result, the result's own stays in the carry.
  if (toolCallId === given) takeField(inner, 'id');
  const { text, isError } = takeResponse(inner, name);
  const media = Array.isArray(inner.parts) ? (takeField(inner, 'parts') as JsonValue[]) : [];
  // An empty text beside media is there only because the field is required.
  const said = text === undefined || (text.text === '' && media.length > 0) ? [] : [text];
  const parts = [...said, ...media.map(readInnerPart)];
  fields[key] = inner;
  return {
    type: 'tool-result',
    toolCallId,
    name,
    parts,
    plainText: parts.length === 1 && said.length === 1,
    ...(isError && { isError }),
    carry: { dialect, fields },
  };
}

function restoreInnerPart(part: Part): JsonValue {
  if (part.type === 'media') return restoreMedia(part);
  return part.type === 'other' ? (part.carry.fields.value ?? null) : null;
}

function restoreResponse(inner: JsonObject, text: string): void {
  const { response } = inner;
  if (hasSeat(inner, 'response')) inner.response = parseObject(text) ?? {};
  else if (isObject(response)) {
    const wrapper = Object.keys(response).find((one) => response[one] === undefined);
    if (wrapper !== undefined) inner.response = { ...response, [wrapper]: text };
  }
}

/** A part of this dialect put together again. */
export function restoreToolResult(part: ToolResultPart): JsonObject {
  const fields: JsonObject = { ...carriedFields(part.carry, dialect) };
  const key = keyOf(fields, 'functionResponse');
  const inner: JsonObject = isObject(fields[key]) ? { ...fields[key] } : {};
  const [first, ...rest] = part.parts;
  const hasText = first?.type === 'text';
  restoreResponse(inner, hasText ? first.text : '');
  fillSeat(inner, 'parts', (hasText ? rest : part.parts).map(restoreInnerPart));
  fillSeat(inner, 'name', part.name);
  fillSeat(inner, 'id', part.toolCallId);
  fields[key] = inner;
  return fields;
}

/** What a tool of another dialect said, as the object Gemini wants: an object as it is, anything else wrapped. */
export function responseOf(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text };
  return parseObject(text) ?? { output: text };
}
