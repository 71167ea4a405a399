/** Writes messages as the items of a Responses input: those it came with put together again, those of other dialects anew. */
import type { Message } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Part, ReasoningPart, ToolCallPart, ToolResultPart } from '../../core/part.ts';
import { createIdMap } from '../../core/tool-call-ids.ts';
import { type ContentContext, dialect, writeOwnPart, writePart } from './content.ts';
import { observedKey } from './form-keys.ts';

/** The same for a call and its result. */
const callId = createIdMap({ maxLength: 64 });

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** The item a message was read from. */
export function writeOwnItem(message: Message): JsonValue {
  const fields = carriedFields(message.carry, dialect);
  const [part] = message.parts;
  if (isObject(fields[observedKey])) return fields[observedKey];
  if (message.role === 'other') return part?.type === 'other' ? writeOwnPart(part) : fields;
  if (part?.type === 'tool-call') {
    const key = fields.type === 'custom_tool_call' ? 'input' : 'arguments';
    return { ...fields, call_id: part.id, name: part.name, [key]: part.arguments };
  }
  if (part?.type === 'tool-result')
    return {
      ...fields,
      call_id: part.toolCallId,
      output: part.plainText ? textOf(part.parts) : part.parts.map(writeOwnPart),
    };
  const written: JsonObject = { ...fields, role: message.role };
  if (message.plainText) written.content = textOf(message.parts);
  // Without a seat there was no content to take.
  else if (Object.hasOwn(fields, 'content') && fields.content === undefined)
    written.content = message.parts.map(writeOwnPart);
  return written;
}

export interface ItemContext extends ContentContext {
  /** Ids of calls of custom tools, whose results are items of another type. */
  readonly customCalls: ReadonlySet<string>;
}

function writeCall(part: ToolCallPart, losses: Losses): JsonObject {
  const { name } = part;
  if (part.signature !== undefined) losses.add('messages.tool_call.signature');
  if (part.kind === 'custom')
    return { type: 'custom_tool_call', call_id: callId(part.id), name, input: part.arguments };
  const said = part.arguments === '' ? '{}' : part.arguments;
  return { type: 'function_call', call_id: callId(part.id), name, arguments: said };
}

function writeResult(part: ToolResultPart, context: ItemContext): JsonObject {
  const type = context.customCalls.has(part.toolCallId) ? 'custom_tool_call_output' : 'function_call_output';
  const written = part.parts
    .map((inner) => writePart(inner, 'tool', context))
    .filter((inner) => inner !== undefined);
  const text = textOf(part.parts);
  // The API has no flag for a failed call: it is told in words, unless the result says so itself.
  if (part.isError === true) context.losses.add('tool_result.is_error (told in words)');
  const error = part.isError === true && !/^\W*error/i.test(text) ? 'Error: ' : '';
  const call_id = callId(part.toolCallId);
  if (written.every((inner) => inner.type === 'input_text')) return { type, call_id, output: error + text };
  if (error !== '') written.unshift({ type: 'input_text', text: error.trim() });
  return { type, call_id, output: written };
}

/** Assistant texts go as one plain text, which needs no id; a refusal needs the form of a real reply. */
function writeContent(
  message: Message,
  parts: readonly Part[],
  id: string,
  context: ItemContext,
): JsonObject {
  const { role } = message;
  const written = parts.map((part) => writePart(part, role, context)).filter((part) => part !== undefined);
  const isText = parts.every(({ type }) => type === 'text');
  if (role !== 'assistant') return { role, content: message.plainText && isText ? textOf(parts) : written };
  if (isText) return { role, content: textOf(parts) };
  return { type: 'message', id, role, status: 'completed', content: written };
}

/** Undefined for thoughts without proof: the API would refuse them. */
function writeReasoning(part: ReasoningPart): JsonObject | undefined {
  const { id, text, signature = part.redacted } = part;
  if (signature === undefined) return undefined;
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return { type: 'reasoning', ...(id !== undefined && { id }), summary, encrypted_content: signature };
}

/** A message of another dialect as the items of its turn. `at` makes ids unique. */
export function writeItems(message: Message, at: number, context: ItemContext): JsonObject[] {
  if (message.role === 'other') return [];
  if (message.name !== undefined) context.losses.add('messages.name');
  const items: JsonObject[] = [];
  let content: Part[] = [];
  const flush = () => {
    if (content.length > 0) items.push(writeContent(message, content, `msg_${at}_${items.length}`, context));
    content = [];
  };
  for (const part of message.parts) {
    if (part.type === 'other') continue;
    if (part.type === 'tool-call' || part.type === 'tool-result' || part.type === 'reasoning') {
      if (part.cache !== undefined) context.losses.add('cache_control');
      flush();
      const item =
        part.type === 'tool-call'
          ? writeCall(part, context.losses)
          : part.type === 'tool-result'
            ? writeResult(part, context)
            : writeReasoning(part);
      if (item === undefined) context.losses.add('messages.reasoning');
      else items.push(item);
    } else if (message.role !== 'assistant' || part.type !== 'media') content.push(part);
    else context.losses.add(`messages.content.${part.kind}`);
  }
  flush();
  return items;
}
