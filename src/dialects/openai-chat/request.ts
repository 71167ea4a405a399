/** The whole request, read from OpenAI Chat and written back. */

import type { Call, Sampling } from '../../core/call.ts';
import { carriedFields, seatOf, take, takeFlag, takeNumber, takeString } from '../../core/carry.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { RequestChange } from '../dialect.ts';
import { rewriteJson } from '../openai/rewrite.ts';
import { readHead } from './head.ts';
import { readMessage, writeMessage } from './message.ts';
import {
  readResponseFormat,
  readTool,
  readToolChoice,
  writeResponseFormat,
  writeTool,
  writeToolChoice,
} from './tools.ts';

const dialect = 'openai-chat';
const maxTokenKeys: readonly [string, ...string[]] = ['max_completion_tokens', 'max_tokens'];

/** Our names for the sampling fields, and OpenAI's. */
const samplingKeys = {
  temperature: 'temperature',
  topP: 'top_p',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  seed: 'seed',
  choices: 'n',
  topLogprobs: 'top_logprobs',
} as const satisfies Partial<Record<keyof Sampling, string>>;
const samplingNames = Object.entries(samplingKeys) as [keyof typeof samplingKeys, string][];

function takeStop(fields: JsonObject): string | readonly string[] | undefined {
  const stop = fields.stop;
  const understood =
    typeof stop === 'string' || (Array.isArray(stop) && stop.every((word) => typeof word === 'string'));
  return understood ? (take(fields, 'stop') as string | string[]) : undefined;
}

function takeSampling(fields: JsonObject): Sampling {
  const found = samplingNames.map(([name, key]) => [name, takeNumber(fields, key)] as const);
  const logprobs = takeFlag(fields, 'logprobs');
  return {
    ...Object.fromEntries(found.filter(([, value]) => value !== undefined)),
    ...(logprobs !== undefined && { logprobs }),
  };
}

export function readRequest(json: JsonObject): Call {
  const head = readHead(json);
  const fields: JsonObject = { ...json };
  const messages = (take(fields, 'messages') as JsonValue[]).map(readMessage);
  const tools = Array.isArray(fields.tools)
    ? (take(fields, 'tools') as JsonValue[]).map(readTool)
    : undefined;
  const choice =
    fields.tool_choice == null ? undefined : readToolChoice(take(fields, 'tool_choice') as JsonValue);
  const format =
    fields.response_format == null
      ? undefined
      : readResponseFormat(take(fields, 'response_format') as JsonValue);
  const parallel = takeFlag(fields, 'parallel_tool_calls');
  const maxTokenKey = maxTokenKeys.find((key) => typeof fields[key] === 'number');
  const maxOutputTokens = maxTokenKey === undefined ? undefined : takeNumber(fields, maxTokenKey);
  const stop = takeStop(fields);
  const effort = takeString(fields, 'reasoning_effort');
  const endUser = takeString(fields, 'user');
  const sampling = takeSampling(fields);
  take(fields, 'model');
  return {
    model: head.model,
    stream: head.stream,
    messages,
    sampling,
    ...(tools !== undefined && { tools }),
    ...(choice !== undefined && { toolChoice: choice }),
    ...(parallel !== undefined && { parallelToolCalls: parallel }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && { stop }),
    ...(format !== undefined && { responseFormat: format }),
    ...(effort !== undefined && { reasoning: { effort } }),
    ...(endUser !== undefined && { endUser }),
    carry: { dialect, fields },
  };
}

export function writeRequest(call: Call, change: RequestChange): JsonObject {
  const fields = carriedFields(call.carry, dialect);
  const written: JsonObject = { ...fields, messages: call.messages.map(writeMessage) };
  // `stream` stays in the carry, where an explicit false is kept apart from silence.
  if (call.stream) written.stream = true;
  if (call.tools !== undefined) written.tools = call.tools.map(writeTool);
  if (call.toolChoice !== undefined) written.tool_choice = writeToolChoice(call.toolChoice);
  if (call.responseFormat !== undefined) written.response_format = writeResponseFormat(call.responseFormat);
  if (call.parallelToolCalls !== undefined) written.parallel_tool_calls = call.parallelToolCalls;
  if (call.maxOutputTokens !== undefined) written[emptySeat(fields, maxTokenKeys)] = call.maxOutputTokens;
  if (call.stop !== undefined) written.stop = typeof call.stop === 'string' ? call.stop : [...call.stop];
  if (call.reasoning?.effort !== undefined) written.reasoning_effort = call.reasoning.effort;
  if (call.endUser !== undefined) written.user = call.endUser;
  for (const [name, key] of samplingNames) {
    const value = call.sampling[name];
    if (value !== undefined) written[key] = value;
  }
  if (call.sampling.logprobs !== undefined) written.logprobs = call.sampling.logprobs;
  return rewriteJson(written, change);
}

/** The spelling whose value was taken; where both stand, the other one still holds its own. */
function emptySeat(fields: JsonObject, spellings: readonly [string, ...string[]]): string {
  const seat = spellings.find((key) => Object.hasOwn(fields, key) && fields[key] === undefined);
  return seat ?? seatOf({}, spellings);
}
