/** The whole request, read from Converse, and one that Converse itself asked put together again. */
import type { Call, Message, Sampling, ServiceTier } from '../../core/call.ts';
import { type Carry, carriedFields, take, takeNumber } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { readTier, type TierWords } from '../../core/serving.ts';
import type { RequestLine } from '../dialect.ts';
import { wrongType } from '../openai/fields.ts';
import { readBlocks, restoreBlocks } from './block.ts';
import { readHead } from './head.ts';
import { restoreModelFields, takeModelFields } from './model-fields.ts';
import { restoreToolConfig, takeOutputFormat, takeToolConfig, writeOutputFormat } from './tools.ts';

const dialect = 'bedrock-converse';
const roles: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system']);

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

function readMessage(raw: JsonValue, at: number): Message {
  if (!isObject(raw)) throw wrongType(`messages[${at}]`, 'an object', raw);
  const fields: JsonObject = { ...raw };
  if (!Array.isArray(fields.content)) throw wrongType(`messages[${at}].content`, 'an array', fields.content);
  if (!roles.has(fields.role)) return { role: 'other', parts: [], plainText: false, carry: carry(fields) };
  const role = take(fields, 'role') as 'user' | 'assistant' | 'system';
  const parts = readBlocks(take(fields, 'content') as JsonValue[]);
  return { role, parts, plainText: false, carry: carry(fields) };
}

function restoreMessage(message: Message): JsonObject {
  const fields = carriedFields(message.carry, dialect);
  if (message.role === 'other') return fields;
  return { ...fields, role: message.role, content: restoreBlocks(message.parts) };
}

/** The system prompt is one message that stands apart. */
function takeSystem(fields: JsonObject): Message[] {
  if (!Array.isArray(fields.system) || fields.system.length === 0) return [];
  const parts = readBlocks(take(fields, 'system') as JsonValue[]);
  return [{ role: 'system', parts, plainText: false, apart: true, carry: carry({}) }];
}

const inferenceKeys = { maxOutputTokens: 'maxTokens', temperature: 'temperature', topP: 'topP' } as const;
type InferenceName = keyof typeof inferenceKeys;
const inferenceNames = Object.entries(inferenceKeys) as [InferenceName, string][];

interface Inference {
  readonly maxOutputTokens?: number;
  readonly stop?: readonly string[];
  readonly sampling: Sampling;
}

function takeInference(fields: JsonObject): Inference {
  if (!isObject(fields.inferenceConfig)) return { sampling: {} };
  const inner: JsonObject = { ...fields.inferenceConfig };
  fields.inferenceConfig = inner;
  const found: Partial<Record<InferenceName, number>> = {};
  for (const [name, key] of inferenceNames) {
    const value = takeNumber(inner, key);
    if (value !== undefined) found[name] = value;
  }
  const { maxOutputTokens, ...sampling } = found;
  const words = inner.stopSequences;
  const isStop = Array.isArray(words) && words.every((word) => typeof word === 'string');
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(isStop && { stop: take(inner, 'stopSequences') as string[] }),
    sampling,
  };
}

function restoreInference(call: Call, written: JsonObject): void {
  const values: JsonObject = {};
  const { temperature, topP } = call.sampling;
  if (call.maxOutputTokens !== undefined) values.maxTokens = call.maxOutputTokens;
  if (temperature !== undefined) values.temperature = temperature;
  if (topP !== undefined) values.topP = topP;
  if (call.stop !== undefined) values.stopSequences = [call.stop].flat();
  if (Object.keys(values).length === 0) return;
  written.inferenceConfig = {
    ...(isObject(written.inferenceConfig) ? written.inferenceConfig : {}),
    ...values,
  };
}

function takeMetadata(fields: JsonObject): Readonly<Record<string, string>> | undefined {
  const labels = fields.requestMetadata;
  if (!isObject(labels) || !Object.values(labels).every((value) => typeof value === 'string'))
    return undefined;
  return take(fields, 'requestMetadata') as Record<string, string>;
}

/** `reserved` is the service's own. */
export const tierWords: TierWords = { default: 'default', flex: 'flex', priority: 'priority' };

function takeTier(fields: JsonObject): ServiceTier | undefined {
  const { serviceTier } = fields;
  if (!isObject(serviceTier) || Object.keys(serviceTier).length !== 1) return undefined;
  const tier = readTier(tierWords, serviceTier.type);
  if (tier !== undefined) take(fields, 'serviceTier');
  return tier;
}

export function readRequest(json: JsonObject, line?: RequestLine): Call {
  const { model, stream } = readHead(json, line);
  const fields: JsonObject = { ...json };
  const system = takeSystem(fields);
  const messages = Array.isArray(fields.messages)
    ? (take(fields, 'messages') as JsonValue[]).map(readMessage)
    : [];
  const { sampling, ...inference } = takeInference(fields);
  const { topK, ...modelFields } = takeModelFields(fields);
  const responseFormat = takeOutputFormat(fields);
  const metadata = takeMetadata(fields);
  const serviceTier = takeTier(fields);
  return {
    model,
    stream,
    messages: [...system, ...messages],
    sampling: { ...sampling, ...(topK !== undefined && { topK }) },
    ...inference,
    ...modelFields,
    ...takeToolConfig(fields),
    ...(responseFormat !== undefined && { responseFormat }),
    ...(metadata !== undefined && { metadata }),
    ...(serviceTier !== undefined && { serviceTier }),
    carry: carry(fields),
  };
}

/** A call read from Converse, to the last unknown field. The model and the wish to stream stand in the path. */
export function restoreRequest(call: Call): JsonObject {
  const written: JsonObject = { ...carriedFields(call.carry, dialect) };
  const system = call.messages.filter((message) => message.apart === true);
  const messages = call.messages.filter((message) => message.apart !== true);
  if (system.length > 0) written.system = system.flatMap(({ parts }) => restoreBlocks(parts));
  if (messages.length > 0 || (Object.hasOwn(written, 'messages') && written.messages === undefined))
    written.messages = messages.map(restoreMessage);
  restoreInference(call, written);
  restoreModelFields(call, written);
  restoreToolConfig(call, written);
  writeOutputFormat(call.responseFormat, written);
  if (call.metadata !== undefined) written.requestMetadata = { ...call.metadata };
  if (call.serviceTier !== undefined) written.serviceTier = { type: tierWords[call.serviceTier] };
  return written;
}
