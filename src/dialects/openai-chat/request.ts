/** The whole request, read from OpenAI Chat and written back to it. */

import type { Call, Tool } from '../../core/call.ts';
import { carriedFields, seatOf, take, takeFlag, takeNumber, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { RequestChange } from '../dialect.ts';
import { rewriteJson } from '../openai/rewrite.ts';
import { putServing, takeServing } from '../openai/serving.ts';
import { writeForeignRequest } from './foreign-request.ts';
import { readHead } from './head.ts';
import { takeFunctionChoice, takeFunctions, writeFunction, writeFunctionChoice } from './legacy-functions.ts';
import { readMessages, writeMessage } from './message.ts';
import { putReasoningRequest, takeReasoningRequest } from './reasoning-request.ts';
import { putSampling, takeSampling } from './sampling.ts';
import {
  readResponseFormat,
  readTool,
  readToolChoice,
  writeResponseFormat,
  writeTool,
  writeToolChoice,
} from './tools.ts';

const dialect = 'openai-chat';
type Spellings = readonly [string, ...string[]];
const maxTokenKeys: Spellings = ['max_completion_tokens', 'max_tokens'];
const endUserKeys: Spellings = ['user', 'safety_identifier'];

function takeStop(fields: JsonObject): string | readonly string[] | undefined {
  const stop = fields.stop;
  const understood =
    typeof stop === 'string' || (Array.isArray(stop) && stop.every((word) => typeof word === 'string'));
  return understood ? (take(fields, 'stop') as string | string[]) : undefined;
}

function takeMetadata(fields: JsonObject): Readonly<Record<string, string>> | undefined {
  const { metadata } = fields;
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    return undefined;
  return take(fields, 'metadata') as Record<string, string>;
}

function takeTools(fields: JsonObject): Pick<Call, 'tools' | 'toolChoice'> {
  const tools: Tool[] | undefined = Array.isArray(fields.tools)
    ? (take(fields, 'tools') as JsonValue[]).map(readTool)
    : takeFunctions(fields);
  const toolChoice =
    fields.tool_choice == null
      ? takeFunctionChoice(fields)
      : readToolChoice(take(fields, 'tool_choice') as JsonValue, tools);
  return { ...(tools !== undefined && { tools }), ...(toolChoice !== undefined && { toolChoice }) };
}

function takeFirst<T>(
  fields: JsonObject,
  spellings: Spellings,
  takeOne: (fields: JsonObject, key: string) => T | undefined,
): T | undefined {
  for (const key of spellings) {
    const value = takeOne(fields, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function readRequest(json: JsonObject): Call {
  const head = readHead(json);
  const fields: JsonObject = { ...json };
  const messages = readMessages(take(fields, 'messages') as JsonValue[]);
  const tools = takeTools(fields);
  const format =
    fields.response_format == null
      ? undefined
      : readResponseFormat(take(fields, 'response_format') as JsonValue);
  const parallel = takeFlag(fields, 'parallel_tool_calls');
  const maxOutputTokens = takeFirst(fields, maxTokenKeys, takeNumber);
  const stop = takeStop(fields);
  const reasoning = takeReasoningRequest(fields);
  const endUser = takeFirst(fields, endUserKeys, takeString);
  const metadata = takeMetadata(fields);
  const verbosity = takeString(fields, 'verbosity');
  const sampling = takeSampling(fields);
  const serving = takeServing(fields);
  take(fields, 'model');
  return {
    model: head.model,
    stream: head.stream,
    messages,
    sampling,
    ...tools,
    ...(parallel !== undefined && { parallelToolCalls: parallel }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && { stop }),
    ...(format !== undefined && { responseFormat: format }),
    ...(reasoning !== undefined && { reasoning }),
    ...(endUser !== undefined && { endUser }),
    ...(metadata !== undefined && { metadata }),
    ...(verbosity !== undefined && { verbosity }),
    ...serving,
    carry: { dialect, fields },
  };
}

export function writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject {
  if (call.carry.dialect !== dialect) return rewriteJson(writeForeignRequest(call, losses), change);
  const fields = carriedFields(call.carry, dialect);
  const written: JsonObject = { ...fields, messages: call.messages.map(writeMessage) };
  // `stream` stays in the carry, where an explicit false is kept apart from silence.
  if (call.stream) written.stream = true;
  putTools(written, call);
  if (call.responseFormat !== undefined) written.response_format = writeResponseFormat(call.responseFormat);
  if (call.parallelToolCalls !== undefined) written.parallel_tool_calls = call.parallelToolCalls;
  if (call.maxOutputTokens !== undefined) written[emptySeat(fields, maxTokenKeys)] = call.maxOutputTokens;
  if (call.stop !== undefined) written.stop = typeof call.stop === 'string' ? call.stop : [...call.stop];
  if (call.reasoning !== undefined) putReasoningRequest(written, call.reasoning);
  if (call.endUser !== undefined) written[emptySeat(fields, endUserKeys)] = call.endUser;
  if (call.metadata !== undefined) written.metadata = { ...call.metadata };
  if (call.verbosity !== undefined) written.verbosity = call.verbosity;
  putServing(written, call);
  putSampling(written, call.sampling);
  return rewriteJson(written, change);
}

function isEmptySeat(fields: JsonObject, key: string): boolean {
  return Object.hasOwn(fields, key) && fields[key] === undefined;
}

function putTools(written: JsonObject, { tools, toolChoice }: Call): void {
  if (tools !== undefined) {
    if (isEmptySeat(written, 'functions') && !isEmptySeat(written, 'tools'))
      written.functions = tools.map((tool) =>
        tool.type === 'function' ? writeFunction(tool) : writeTool(tool),
      );
    else written.tools = tools.map(writeTool);
  }
  if (toolChoice === undefined) return;
  if (isEmptySeat(written, 'function_call') && !isEmptySeat(written, 'tool_choice'))
    written.function_call = writeFunctionChoice(toolChoice);
  else written.tool_choice = writeToolChoice(toolChoice, tools);
}

/** The spelling whose value was taken; where both stand, the other one still holds its own. */
function emptySeat(fields: JsonObject, spellings: Spellings): string {
  return spellings.find((key) => isEmptySeat(fields, key)) ?? seatOf({}, spellings);
}
