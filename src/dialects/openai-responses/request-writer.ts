/** Writes a call as a Responses request: one of its own dialect as it was read, one of another dialect anew. */
import type { Call, Message } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { RequestChange } from '../dialect.ts';
import { putServing } from '../openai/serving.ts';
import { dialect } from './content.ts';
import { writeForeignFields } from './foreign-request.ts';
import { type ItemContext, writeItems, writeOwnItem } from './item-writer.ts';
import { endUserSeat, samplingNames } from './request.ts';
import { writeResponseFormat, writeTool, writeToolChoice } from './tools.ts';

function itemContext(call: Call, losses: Losses): ItemContext {
  const customCalls = call.messages
    .flatMap(({ parts }) => parts)
    .flatMap((part) => (part.type === 'tool-call' && part.kind === 'custom' ? [part.id] : []));
  return {
    losses,
    customCalls: new Set(customCalls),
    sharesFiles: call.carry.dialect === 'openai-chat' || call.carry.dialect === dialect,
  };
}

function textOf(message: Message): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n\n');
}

function isOwn(message: Message): boolean {
  return message.carry.dialect === dialect;
}

function writeInput(call: Call, fields: JsonObject, written: JsonObject, losses: Losses): void {
  const system = call.messages.filter(({ apart }) => apart === true);
  const instructions = system.map(textOf).join('\n\n');
  if (instructions !== '' || system.some(isOwn)) written.instructions = instructions;
  for (const part of system.flatMap(({ parts }) => parts))
    if (part.type === 'text' ? part.cache !== undefined : part.type !== 'other')
      losses.add(part.type === 'text' ? 'cache_control' : `system ${part.type}`);
  const said = call.messages.filter(({ apart }) => apart !== true);
  const [first] = said;
  const isPlain = first !== undefined && isOwn(first) && !Object.hasOwn(first.carry.fields, 'role');
  if (said.length === 1 && isPlain && first.plainText) {
    written.input = textOf(first);
    return;
  }
  // Without a seat there was no input: the provider keeps it.
  if (said.length === 0 && call.carry.dialect === dialect && !Object.hasOwn(fields, 'input')) return;
  if (said.length === 0 && fields.input === null) return;
  const context = itemContext(call, losses);
  written.input = said.flatMap((message, at): JsonValue[] =>
    isOwn(message) ? [writeOwnItem(message)] : writeItems(message, at, context),
  );
}

function writeTools(call: Call, written: JsonObject, losses: Losses): void {
  const tools = call.tools?.map((tool) => writeTool(tool, losses)).filter((tool) => tool !== undefined);
  // Fields about tools that did not cross would be refused.
  if (call.carry.dialect !== dialect && (tools === undefined || tools.length === 0)) return;
  if (tools !== undefined) written.tools = tools;
  const choice = call.toolChoice && writeToolChoice(call.toolChoice, call.tools);
  if (choice !== undefined) written.tool_choice = choice;
  if (call.parallelToolCalls !== undefined) written.parallel_tool_calls = call.parallelToolCalls;
}

function writeCommon(call: Call, fields: JsonObject, written: JsonObject, losses: Losses): void {
  // `stream` stays in the carry, where an explicit false is kept apart from silence.
  if (call.stream) written.stream = true;
  writeTools(call, written, losses);
  const format = call.responseFormat && writeResponseFormat(call.responseFormat);
  if (format !== undefined || call.verbosity !== undefined)
    written.text = {
      ...(isObject(fields.text) ? fields.text : {}),
      ...(format !== undefined && { format }),
      ...(call.verbosity !== undefined && { verbosity: call.verbosity }),
    };
  putServing(written, call);
  for (const [name, key] of samplingNames) {
    const value = call.sampling[name];
    if (value !== undefined) written[key] = value;
  }
  if (call.endUser !== undefined) written[endUserSeat(fields)] = call.endUser;
}

function writeOwn(call: Call, losses: Losses): JsonObject {
  const fields = carriedFields(call.carry, dialect);
  const written: JsonObject = { ...fields };
  writeInput(call, fields, written, losses);
  writeCommon(call, fields, written, losses);
  if (call.metadata !== undefined) written.metadata = { ...call.metadata };
  if (call.maxOutputTokens !== undefined) written.max_output_tokens = call.maxOutputTokens;
  if (call.reasoning !== undefined) {
    const inner: JsonObject = { ...(isObject(fields.reasoning) ? fields.reasoning : {}) };
    if (call.reasoning.effort !== undefined) inner.effort = call.reasoning.effort;
    if (call.reasoning.show === true && Object.hasOwn(inner, 'summary')) inner.summary ??= 'auto';
    written.reasoning = inner;
  }
  return written;
}

function writeForeign(call: Call, losses: Losses): JsonObject {
  // Nothing is kept where the client did not ask for it: its own API keeps nothing.
  const written: JsonObject = { store: false };
  writeInput(call, {}, written, losses);
  writeCommon(call, {}, written, losses);
  writeForeignFields(call, written, losses);
  return written;
}

export function writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject {
  const written = call.carry.dialect === dialect ? writeOwn(call, losses) : writeForeign(call, losses);
  return { ...written, model: change.model };
}
