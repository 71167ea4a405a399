/** Writes a call as a Responses request: one of its own dialect as it was read, one of another dialect anew. */
import type { Call, Message, ReasoningRequest } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { RequestChange } from '../dialect.ts';
import { dialect } from './content.ts';
import { type ItemContext, writeItems, writeOwnItem } from './item-writer.ts';
import { endUserSeat, logprobsInclude, samplingNames } from './request.ts';
import { writeResponseFormat, writeTool, writeToolChoice } from './tools.ts';

const encryptedInclude = 'reasoning.encrypted_content';
/** The API refuses less; clients that ask for one token want to know whether a model answers. */
const leastOutputTokens = 16;

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

/**
 * The first line of some clients' system prompts: a checksum that changes with every call, means nothing to any other
 * model, and would defeat the caching of what follows it.
 */
const billingLine = /^x-anthropic-billing-header:[^\n]*$/;

function textOf(message: Message): string {
  return message.parts
    .map((part) => (part.type === 'text' ? part.text : ''))
    .filter((text) => isOwn(message) || !billingLine.test(text))
    .join('\n\n');
}

function isOwn(message: Message): boolean {
  return message.carry.dialect === dialect;
}

function writeInput(call: Call, fields: JsonObject, written: JsonObject, losses: Losses): void {
  const instructions = call.messages.filter(({ apart }) => apart === true).map(textOf);
  if (instructions.length > 0) written.instructions = instructions.join('\n\n');
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

function writeCommon(call: Call, fields: JsonObject, written: JsonObject, losses: Losses): void {
  // `stream` stays in the carry, where an explicit false is kept apart from silence.
  if (call.stream) written.stream = true;
  const tools = call.tools?.map((tool) => writeTool(tool, losses)).filter((tool) => tool !== undefined);
  if (tools !== undefined && (tools.length > 0 || call.carry.dialect === dialect)) written.tools = tools;
  const choice = call.toolChoice && writeToolChoice(call.toolChoice, call.tools);
  // A choice among tools that did not cross would be refused.
  if (choice !== undefined && (call.carry.dialect === dialect || written.tools !== undefined))
    written.tool_choice = choice;
  if (call.parallelToolCalls !== undefined) written.parallel_tool_calls = call.parallelToolCalls;
  const format = call.responseFormat && writeResponseFormat(call.responseFormat);
  if (format !== undefined) written.text = { ...(isObject(fields.text) ? fields.text : {}), format };
  for (const [name, key] of samplingNames) {
    const value = call.sampling[name];
    if (value !== undefined) written[key] = value;
  }
  if (call.endUser !== undefined) written[endUserSeat(fields)] = call.endUser;
  if (call.metadata !== undefined) written.metadata = { ...call.metadata };
}

function writeOwn(call: Call, losses: Losses): JsonObject {
  const fields = carriedFields(call.carry, dialect);
  const written: JsonObject = { ...fields };
  writeInput(call, fields, written, losses);
  writeCommon(call, fields, written, losses);
  if (call.maxOutputTokens !== undefined) written.max_output_tokens = call.maxOutputTokens;
  if (call.reasoning !== undefined) {
    const inner: JsonObject = { ...(isObject(fields.reasoning) ? fields.reasoning : {}) };
    if (call.reasoning.effort !== undefined) inner.effort = call.reasoning.effort;
    if (call.reasoning.show === true && Object.hasOwn(inner, 'summary')) inner.summary ??= 'auto';
    written.reasoning = inner;
  }
  return written;
}

/** The efforts other APIs' budgets come nearest to: at most so many tokens. */
const efforts: readonly (readonly [number, string])[] = [
  [2048, 'low'],
  [16_384, 'medium'],
];

function effortOf(reasoning: ReasoningRequest, losses: Losses): string | undefined {
  if (reasoning.mode === 'disabled') return 'none';
  const { effort, budgetTokens } = reasoning;
  if (effort !== undefined || budgetTokens === undefined) return effort;
  losses.add(`reasoning budget (${budgetTokens} tokens)`);
  if (budgetTokens <= 0) return 'none';
  return efforts.find(([limit]) => budgetTokens <= limit)?.[1] ?? 'high';
}

function writeReasoning(reasoning: ReasoningRequest, losses: Losses): JsonObject {
  const effort = effortOf(reasoning, losses);
  const isOn = effort !== 'none';
  // Where thinking is switched on, it is shown; a summary is as much as this API shows.
  const shows = reasoning.show ?? (reasoning.mode === 'enabled' || reasoning.mode === 'adaptive');
  return { ...(effort !== undefined && { effort }), ...(isOn && shows && { summary: 'auto' }) };
}

/** What the API has no word for. */
function nameLosses({ sampling, stop }: Call, losses: Losses): void {
  if (sampling.choices !== undefined && sampling.choices > 1)
    throw new GatewayError(
      'unsupported_value',
      "The model's provider speaks the Responses API, which gives one reply a request.",
      { param: 'n' },
    );
  if (sampling.topK !== undefined) losses.add('top_k');
  if (sampling.frequencyPenalty) losses.add('frequency_penalty');
  if (sampling.presencePenalty) losses.add('presence_penalty');
  if (sampling.seed !== undefined) losses.add('seed');
  if (stop !== undefined && stop.length > 0) losses.add('stop');
}

function writeForeign(call: Call, losses: Losses): JsonObject {
  nameLosses(call, losses);
  // Nothing is kept where the client did not ask for it: its own API keeps nothing.
  const written: JsonObject = { store: false };
  writeInput(call, {}, written, losses);
  writeCommon(call, {}, written, losses);
  if (call.maxOutputTokens !== undefined) {
    written.max_output_tokens = Math.max(call.maxOutputTokens, leastOutputTokens);
    if (call.maxOutputTokens < leastOutputTokens) losses.add(`max_tokens below ${leastOutputTokens}`);
  }
  const include: string[] = [];
  if (call.reasoning !== undefined) {
    const reasoning = writeReasoning(call.reasoning, losses);
    written.reasoning = reasoning;
    // So that thoughts that are not stored can be given back. Models that do not think refuse the wish.
    if (reasoning.effort !== 'none') include.push(encryptedInclude);
  }
  if (call.sampling.logprobs === true) include.push(logprobsInclude);
  if (include.length > 0) written.include = include;
  return written;
}

export function writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject {
  const written = call.carry.dialect === dialect ? writeOwn(call, losses) : writeForeign(call, losses);
  return { ...written, model: change.model };
}
