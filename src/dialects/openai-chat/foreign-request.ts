/** A call of another dialect as a request of OpenAI Chat, in words its own API defines wherever it has them. */
import type { Call, ReasoningRequest, ResponseFormat, Role, Tool } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { mergeTurns } from '../../core/turns.ts';
import { effortFor, formatName, putMetadata } from '../openai/foreign-fields.ts';
import { putServing } from '../openai/serving.ts';
import { writeForeignMessages } from './foreign-messages.ts';
import { putSampling } from './sampling.ts';
import { writeResponseFormat, writeTool, writeToolChoice } from './tools.ts';

/** Calls of one turn must stand in one message, whose results follow it; what others say may stay apart. */
const turnRoles: ReadonlySet<Role> = new Set(['assistant']);
/** OpenAI takes no more stop words. */
const maxStopWords = 4;
/**
 * OpenAI has a word for effort alone. A budget becomes one by the table above. To think as much as the model likes is
 * its default; not to think has no word that models without reasoning would take too, so it is left out and said.
 */
function writeEffort(reasoning: ReasoningRequest, losses: Losses): string | undefined {
  const { effort, mode, budgetTokens, show } = reasoning;
  if (show !== undefined) losses.add('whether reasoning is shown');
  if (mode === 'disabled' || (effort === undefined && budgetTokens === 0)) {
    if (effort === 'none') return effort;
    losses.add('reasoning turned off');
    return undefined;
  }
  if (budgetTokens !== undefined && budgetTokens >= 0) losses.add('reasoning budget (said as an effort)');
  if (effort !== undefined) return effort;
  // Less than none is a budget the model chooses (Gemini).
  if (budgetTokens === undefined || budgetTokens < 0) return undefined;
  return effortFor(budgetTokens);
}

function withoutForeign(tool: Tool, losses: Losses): Tool {
  if (tool.type !== 'function' || tool.cache === undefined) return tool;
  losses.add('cache_control');
  const { cache: _, ...rest } = tool;
  return rest;
}

function putTools(request: JsonObject, call: Call, losses: Losses): void {
  // The kinds of tool only another provider has are named by the pipeline.
  const tools = (call.tools ?? []).filter((tool) => tool.type !== 'other');
  // Without tools, OpenAI refuses every field about them.
  if (tools.length === 0) return;
  request.tools = tools.map((tool) => writeTool(withoutForeign(tool, losses)));
  if (call.toolChoice !== undefined && call.toolChoice.type !== 'other')
    request.tool_choice = writeToolChoice(call.toolChoice, tools);
  if (call.parallelToolCalls !== undefined) request.parallel_tool_calls = call.parallelToolCalls;
}

/** JSON mode is refused unless the word stands in the prompt; a schema of any object asks for the same without it. */
function writeFormat(
  format: ResponseFormat,
  messages: readonly JsonObject[],
  losses: Losses,
): JsonObject | undefined {
  if (format.type === 'other') return undefined;
  if (format.type === 'json' && !/json/i.test(JSON.stringify(messages))) {
    losses.add('JSON of any shape (asked for by a schema)');
    const schema = { type: 'object' };
    return { type: 'json_schema', json_schema: { name: 'reply', schema, strict: false } };
  }
  if (format.type !== 'json-schema') return writeResponseFormat(format) as JsonObject;
  const name = format.name === undefined ? undefined : formatName(format.name);
  const named = name === undefined || name === '' ? {} : { name };
  const { name: _, ...rest } = format;
  return writeResponseFormat({ ...rest, ...named }) as JsonObject;
}

function putStop(request: JsonObject, stop: NonNullable<Call['stop']>, losses: Losses): void {
  const words = typeof stop === 'string' ? stop : stop.slice(0, maxStopWords);
  if (words.length < stop.length) losses.add(`stop words beyond ${maxStopWords}`);
  if (words.length > 0) request.stop = typeof words === 'string' ? words : [...words];
}

/** The model is the caller's to write. */
export function writeForeignRequest(call: Call, losses: Losses): JsonObject {
  const messages = writeForeignMessages(mergeTurns(call.messages, turnRoles), losses);
  const request: JsonObject = { model: call.model, messages };
  if (call.stream) request.stream = true;
  putTools(request, call, losses);
  const format = call.responseFormat && writeFormat(call.responseFormat, messages, losses);
  if (format !== undefined) request.response_format = format;
  if (call.maxOutputTokens !== undefined) request.max_completion_tokens = call.maxOutputTokens;
  if (call.stop !== undefined) putStop(request, call.stop, losses);
  const effort = call.reasoning && writeEffort(call.reasoning, losses);
  if (effort !== undefined) request.reasoning_effort = effort;
  if (call.endUser !== undefined) request.user = call.endUser;
  if (call.metadata !== undefined) putMetadata(request, call.metadata, losses);
  if (call.verbosity !== undefined) request.verbosity = call.verbosity;
  const { store, ...serving } = call;
  // Nothing is kept by default; compatible servers refuse even to be told so.
  putServing(request, store === true ? call : serving);
  const { topK, ...sampling } = call.sampling;
  if (topK !== undefined) losses.add('top_k');
  putSampling(request, sampling);
  return request;
}
