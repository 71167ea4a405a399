/** Functions as the API had them before tools: `functions`, `function_call` and the role `function`. */
import type { FunctionTool, Message, ToolChoice } from '../../core/call.ts';
import { carriedFields, take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { ToolCallPart, ToolResultPart } from '../../core/part.ts';

const dialect = 'openai-chat';

/** The calls of a conversation whose results are still to come. These calls have no ids: they are given their place. */
export class PendingCalls {
  readonly #idsByName = new Map<string, string[]>();

  /** Takes `function_call` of an assistant's message. */
  takeCall(fields: JsonObject, at: number): ToolCallPart | undefined {
    const call = fields.function_call;
    if (!isObject(call) || typeof call.name !== 'string' || typeof call.arguments !== 'string')
      return undefined;
    const inner: JsonObject = { ...call };
    const name = take(inner, 'name') as string;
    const args = take(inner, 'arguments') as string;
    fields.function_call = inner;
    const id = `call_${at}`;
    this.#idsByName.set(name, [...(this.#idsByName.get(name) ?? []), id]);
    return { type: 'tool-call', id, name, arguments: args };
  }

  /** A message of role `function`, where its call was seen. Its role stays in the carry and says so to the writer. */
  readResult(raw: JsonObject): Message | undefined {
    const { name, content } = raw;
    if (typeof name !== 'string' || typeof content !== 'string') return undefined;
    const toolCallId = this.#idsByName.get(name)?.shift();
    if (toolCallId === undefined) return undefined;
    const fields: JsonObject = { ...raw };
    take(fields, 'name');
    const text = take(fields, 'content') as string;
    const result: ToolResultPart = {
      type: 'tool-result',
      toolCallId,
      name,
      parts: [{ type: 'text', text }],
      plainText: true,
    };
    return { role: 'tool', parts: [result], plainText: true, carry: { dialect, fields } };
  }
}

/** The call is put back where it was taken from; undefined where it was no such call. */
export function putCall(fields: JsonObject, call: ToolCallPart | undefined): boolean {
  const seat = fields.function_call;
  if (call === undefined || call.carry !== undefined || !isObject(seat)) return false;
  fields.function_call = { ...seat, name: call.name, arguments: call.arguments };
  return true;
}

export function writeResult(message: Message, result: ToolResultPart): JsonObject {
  const content = result.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return { ...carriedFields(message.carry, dialect), name: result.name, content };
}

function readFunction(raw: JsonValue): FunctionTool | undefined {
  if (!isObject(raw) || typeof raw.name !== 'string') return undefined;
  const fields: JsonObject = { ...raw };
  const name = take(fields, 'name') as string;
  const description = takeString(fields, 'description');
  const parameters = isObject(fields.parameters) ? (take(fields, 'parameters') as JsonObject) : undefined;
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    carry: { dialect, fields },
  };
}

/** All of them or none. */
export function takeFunctions(fields: JsonObject): FunctionTool[] | undefined {
  const raw = fields.functions;
  if (!Array.isArray(raw) || fields.tools !== undefined) return undefined;
  const read = raw.map(readFunction).filter((tool) => tool !== undefined);
  if (read.length !== raw.length) return undefined;
  take(fields, 'functions');
  return read;
}

export function writeFunction(tool: FunctionTool): JsonObject {
  const written: JsonObject = { ...carriedFields(tool.carry, dialect), name: tool.name };
  if (tool.description !== undefined) written.description = tool.description;
  if (tool.parameters !== undefined) written.parameters = tool.parameters;
  return written;
}

export function takeFunctionChoice(fields: JsonObject): ToolChoice | undefined {
  const choice = fields.function_call;
  if (choice === 'auto' || choice === 'none') {
    take(fields, 'function_call');
    return { type: choice };
  }
  if (!isObject(choice) || typeof choice.name !== 'string' || Object.keys(choice).length > 1)
    return undefined;
  take(fields, 'function_call');
  return { type: 'named', name: choice.name };
}

export function writeFunctionChoice(choice: ToolChoice): JsonValue {
  return choice.type === 'named' ? { name: choice.name } : choice.type;
}
