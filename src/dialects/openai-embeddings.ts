/** The dialect of `POST /v1/embeddings`. */
import type { Call } from '../core/call.ts';
import { carriedFields, take, takeNumber, takeString } from '../core/carry.ts';
import { base64Of, type EmbeddingInput, type EmbeddingTask, floatsOf, textsIn } from '../core/embedding.ts';
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../core/json.ts';
import type { Losses } from '../core/losses.ts';
import { type ReplyFrame, usageOf } from '../core/reply.ts';
import { withOpenaiCustomer } from './customer.ts';
import type { CallHead, Dialect, RequestChange } from './dialect.ts';
import { embeddingFrame, embeddingIn } from './embedding-frame.ts';
import { usageIn } from './embedding-usage.ts';
import { requiredField, requiredString, wrongType } from './openai/fields.ts';
import { formKeys } from './openai/form-keys.ts';
import { definePlainDialect } from './openai/plain.ts';

const name = 'openai-embeddings';

/** Not OpenAI's own: `input_type` as other makers of embeddings say it beside OpenAI's fields. */
const tasks: ReadonlyMap<string, EmbeddingTask> = new Map([
  ['query', 'query'],
  ['search_query', 'query'],
  ['document', 'document'],
  ['passage', 'document'],
  ['search_document', 'document'],
  ['classification', 'classification'],
  ['clustering', 'clustering'],
]);

function readHead(json: JsonObject): CallHead {
  const model = requiredString(json, 'model');
  const input = requiredField(json, 'input');
  if (typeof input !== 'string' && !Array.isArray(input))
    throw wrongType('input', 'a string or an array', input);
  const head = withOpenaiCustomer({ model, stream: false, wantsUsage: false }, json);
  return json.encoding_format === 'base64' ? { ...head, asBase64: true } : head;
}

function isTokens(value: JsonValue): value is JsonValue[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}

function readInput(value: JsonValue): EmbeddingInput {
  if (typeof value === 'string') return { type: 'text', text: value };
  if (isTokens(value)) return { type: 'tokens', tokens: value };
  return { type: 'other', carry: { dialect: name, fields: { value } } };
}

function restoreInput(input: EmbeddingInput | undefined): JsonValue {
  if (input?.type === 'text') return input.text;
  if (input?.type === 'tokens') return [...input.tokens];
  return carriedFields(input?.carry, name).value ?? null;
}

function readRequest(json: JsonObject): Call {
  const { model, stream } = readHead(json);
  const fields: JsonObject = { ...json };
  take(fields, 'model');
  const input = take(fields, 'input') ?? null;
  const isList = Array.isArray(input) && !isTokens(input);
  const dimensions = takeNumber(fields, 'dimensions');
  const encoding = json.encoding_format;
  if (encoding === 'float' || encoding === 'base64') take(fields, 'encoding_format');
  const task = tasks.get(stringOf(json.input_type) ?? '');
  const nativeTask = task && takeString(fields, 'input_type');
  const endUser = takeString(fields, 'user');
  return {
    model,
    stream,
    messages: [],
    sampling: {},
    embedding: {
      inputs: (isList ? input : [input]).map(readInput),
      isList,
      field: 'input',
      ...(dimensions !== undefined && { dimensions }),
      ...((encoding === 'float' || encoding === 'base64') && { encoding }),
      ...(task !== undefined && { task }),
      ...(nativeTask !== undefined && { nativeTask }),
    },
    ...(endUser !== undefined && { endUser }),
    carry: { dialect: name, fields },
  };
}

/** Floats are the default, and what comes in base64 all the same is understood. */
function writeForeign(call: Call, model: string, losses: Losses): JsonObject {
  const embedding = embeddingIn(call);
  const inputs = textsIn(embedding);
  const texts = inputs.map(({ text }) => text);
  if (inputs.some(({ title }) => title !== undefined)) losses.add('title');
  if (embedding.task !== undefined) losses.add(`task ${embedding.nativeTask ?? embedding.task}`);
  return {
    model,
    input: embedding.isList ? texts : (texts[0] ?? ''),
    ...(embedding.dimensions !== undefined && { dimensions: embedding.dimensions }),
    ...(call.endUser !== undefined && { user: call.endUser }),
  };
}

function writeRequest(call: Call, { model }: RequestChange, losses: Losses): JsonObject {
  if (call.carry.dialect !== name) return writeForeign(call, model, losses);
  const { inputs, isList, dimensions, encoding, nativeTask } = embeddingIn(call);
  return {
    ...carriedFields(call.carry, name),
    model,
    input: isList ? inputs.map(restoreInput) : restoreInput(inputs[0]),
    ...(dimensions !== undefined && { dimensions }),
    ...(encoding !== undefined && { encoding_format: encoding }),
    ...(nativeTask !== undefined && { input_type: nativeTask }),
    ...(call.endUser !== undefined && { user: call.endUser }),
  };
}

/** In the order of the inputs, which `index` says where it can be followed. */
function readData(data: JsonValue | undefined): (JsonValue | undefined)[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const items = data.map((item) => (isObject(item) ? item : {}));
  const places = items.map(({ index }) => countOf(index) ?? -1);
  const isOrder = new Set(places).size === items.length && places.every((place) => place in items);
  const ordered = isOrder ? items.map((_, place) => items[places.indexOf(place)]) : items;
  return ordered.map((item) => item?.embedding);
}

function readReply(json: JsonObject): ReplyFrame {
  const vectors = readData(json.data);
  const usage = usageIn(json.usage);
  return embeddingFrame(name, { json, vectors, usage, model: stringOf(json.model) });
}

function writeReply(frame: ReplyFrame, losses: Losses, head?: CallHead): JsonObject {
  if (frame.carry.dialect === name) return carriedFields(frame.carry, name);
  const usage = usageOf(frame);
  // The field is required: a count nobody told is named as missing.
  if (usage === undefined) losses.add('reply usage');
  const tokens = usage?.inputTokens ?? 0;
  return {
    object: 'list',
    data: (frame.vectors ?? []).map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: head?.asBase64 === true ? base64Of(vector) : [...floatsOf(vector)],
    })),
    model: frame.model ?? head?.model ?? '',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

const plain = definePlainDialect({ name, path: '/embeddings', textSeat: 'choice', readHead });

export const openaiEmbeddings: Dialect = {
  ...plain,
  listen: {
    ...plain.listen,
    readRequest,
    writeReply,
    // In the reply: what was observed, and what repeats the request or says that it is what was asked for.
    formKeys: new Set([...formKeys, 'reply.data', 'reply.usage', 'reply.model', 'reply.id', 'reply.created']),
  },
  speak: { ...plain.speak, writeRequest, readReply },
  observe(json) {
    const usage = usageIn(json.usage);
    return usage === undefined ? {} : { usage };
  },
};
