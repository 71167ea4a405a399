/** A request that another API's client made, written anew for Converse. */
import type { Call, FunctionTool, Tool } from '../../core/call.ts';
import { textSchema } from '../../core/custom-calls.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { nameUnserved, writeTier } from '../../core/serving.ts';
import type { RequestChange } from '../dialect.ts';
import { ForeignBlocks } from './foreign-block.ts';
import { toolsUsed, writeConversation } from './foreign-messages.ts';
import { type ModelTraits, traitsOf } from './model-traits.ts';
import { toolName } from './names.ts';
import { tierWords } from './request.ts';
import { thinkingFields } from './thinking.ts';
import { writeOutputFormat, writeToolChoice } from './tools.ts';

const anyObject: JsonObject = { type: 'object', properties: {} };

/** The service wants the type said. */
function schemaOf({ parameters }: FunctionTool): JsonObject {
  return parameters?.type === undefined ? { ...anyObject, ...parameters } : parameters;
}

function toolBlocks(tool: Tool, blocks: ForeignBlocks, losses: Losses): JsonObject[] {
  if (tool.type === 'other') return [];
  const toolSpec: JsonObject = { name: toolName(tool.name) };
  if (tool.description !== undefined && tool.description !== '') toolSpec.description = tool.description;
  if (tool.type === 'custom') {
    return [
      { toolSpec: { ...toolSpec, inputSchema: { json: textSchema(tool, (loss) => losses.add(loss)) } } },
    ];
  }
  toolSpec.inputSchema = { json: schemaOf(tool) };
  if (tool.strict === true) toolSpec.strict = true;
  return [{ toolSpec }, ...blocks.cache(tool.cache, true)];
}

/** With no word for "no tool at all", tools are left out, unless the conversation already speaks of them. */
function writeTools(call: Call, messages: readonly JsonObject[], blocks: ForeignBlocks, losses: Losses) {
  const used = toolsUsed(messages);
  const forbidden = call.toolChoice?.type === 'none';
  if (forbidden && !used.any) {
    if ((call.tools ?? []).length > 0) losses.add('tools (none may be called)');
    return undefined;
  }
  if (forbidden) losses.add('tool_choice none');
  const tools = (call.tools ?? []).flatMap((tool) => toolBlocks(tool, blocks, losses));
  if (tools.length === 0 && used.any)
    for (const name of used.names.length > 0 ? used.names : ['tool'])
      tools.push({ toolSpec: { name, inputSchema: { json: anyObject } } });
  return tools.length === 0 ? undefined : tools;
}

/** Claude is told through its own `tool_choice`, which then says the whole choice. */
function singleToolChoice({ toolChoice }: Call): JsonObject {
  const single = { disable_parallel_tool_use: true };
  if (toolChoice?.type === 'named') return { type: 'tool', name: toolName(toolChoice.name), ...single };
  return { type: toolChoice?.type === 'required' ? 'any' : 'auto', ...single };
}

function writeInference(call: Call, thinks: boolean, losses: Losses): JsonObject {
  const { temperature, topP } = call.sampling;
  const fields: JsonObject = {};
  if (call.maxOutputTokens !== undefined) fields.maxTokens = Math.max(1, Math.trunc(call.maxOutputTokens));
  // Claude refuses any temperature but its own while it thinks.
  if (temperature !== undefined && thinks && temperature !== 1) losses.add('temperature (while reasoning)');
  else if (temperature !== undefined) fields.temperature = Math.min(1, Math.max(0, temperature));
  if (temperature !== undefined && (temperature > 1 || temperature < 0))
    losses.add('temperature beyond 0 to 1');
  if (topP !== undefined && thinks && topP < 0.95) losses.add('top_p (while reasoning)');
  else if (topP !== undefined) fields.topP = Math.min(1, Math.max(0, topP));
  const stop = [call.stop ?? []].flat().filter((word) => word !== '');
  if (stop.length > 0) fields.stopSequences = stop;
  return fields;
}

function topKFields(
  topK: number | undefined,
  traits: ModelTraits,
  thinks: boolean,
  losses: Losses,
): JsonObject {
  if (topK === undefined) return {};
  if (traits.family === 'claude' && !thinks) return { top_k: topK };
  if (traits.family === 'nova') return { inferenceConfig: { topK } };
  losses.add('top_k');
  return {};
}

/** What Converse has no word for at all. */
function reportUnsaid(call: Call, losses: Losses): void {
  const { choices, logprobs, frequencyPenalty, presencePenalty, seed } = call.sampling;
  if (choices !== undefined && choices > 1)
    throw new GatewayError('unsupported_value', "The model's provider gives one reply a call.", {
      param: 'n',
    });
  if (logprobs === true) losses.add('logprobs');
  if (frequencyPenalty !== undefined && frequencyPenalty !== 0) losses.add('frequency_penalty');
  if (presencePenalty !== undefined && presencePenalty !== 0) losses.add('presence_penalty');
  if (seed !== undefined) losses.add('seed');
  if (call.endUser !== undefined) losses.add('user');
  if (call.responseFormat?.type === 'json') losses.add('response_format json_object');
}

/** Labels the service takes: at most 16, of its characters. */
function writeMetadata(metadata: Call['metadata'], losses: Losses): JsonObject | undefined {
  const label = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;
  const entries = Object.entries(metadata ?? {});
  const kept = entries
    .filter(([key, value]) => key !== '' && label.test(key) && label.test(value))
    .slice(0, 16);
  if (kept.length < entries.length) losses.add('metadata');
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function isFilled(fields: JsonObject): boolean {
  return Object.keys(fields).length > 0;
}

/** Throws `unsupported_value` where leaving something out would change the meaning. */
export function writeForeignRequest(call: Call, { model }: RequestChange, losses: Losses): JsonObject {
  reportUnsaid(call, losses);
  nameUnserved(call, losses);
  const traits = traitsOf(model);
  const blocks = new ForeignBlocks(traits, losses);
  const { system, messages } = writeConversation(call, blocks, losses);
  const tools = writeTools(call, messages, blocks, losses);
  const thinking = thinkingFields(call, traits, losses);
  const thinks = isObject(thinking.thinking) && thinking.thinking.type !== 'disabled';
  const inference = writeInference(call, thinks, losses);
  const extra: JsonObject = { ...thinking, ...topKFields(call.sampling.topK, traits, thinks, losses) };
  const single = call.parallelToolCalls === false && tools !== undefined;
  if (single && traits.family === 'claude') extra.tool_choice = singleToolChoice(call);
  else if (single) losses.add('parallel_tool_calls');
  const choice =
    extra.tool_choice === undefined && call.toolChoice ? writeToolChoice(call.toolChoice) : undefined;
  const written: JsonObject = { messages };
  if (system.length > 0) written.system = system;
  if (isFilled(inference)) written.inferenceConfig = inference;
  if (tools !== undefined)
    written.toolConfig = {
      tools,
      ...(choice !== undefined && { toolChoice: renamed(choice as JsonObject) }),
    };
  if (isFilled(extra)) written.additionalModelRequestFields = extra;
  writeOutputFormat(call.responseFormat, written);
  const metadata = writeMetadata(call.metadata, losses);
  if (metadata !== undefined) written.requestMetadata = metadata;
  const tier = writeTier(tierWords, call.serviceTier, losses);
  if (tier !== undefined) written.serviceTier = { type: tier };
  return written;
}

/** A tool that is named is named as it was sent. */
function renamed(choice: JsonObject): JsonObject {
  const tool = choice.tool as JsonObject | undefined;
  return tool === undefined ? choice : { tool: { name: toolName(String(tool.name)) } };
}
