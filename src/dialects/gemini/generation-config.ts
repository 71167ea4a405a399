/** `generationConfig`: sampling, limits, the reply's shape and thinking, read, put together again, and written anew. */
import type { Call, ResponseFormat, Sampling } from '../../core/call.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type FieldName, fieldOf, fillSeat, hasSeat, keyOf, takeField } from './fields.ts';
import { toJsonSchema } from './schema.ts';
import { restoreReasoning, takeReasoning, writeReasoning } from './thinking.ts';

/** Our names for the numbers, and Google's. */
const numberKeys = {
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  frequencyPenalty: 'frequencyPenalty',
  presencePenalty: 'presencePenalty',
  seed: 'seed',
  choices: 'candidateCount',
  topLogprobs: 'logprobs',
} as const satisfies Partial<Record<keyof Sampling, FieldName>>;
const numberNames = Object.entries(numberKeys) as [keyof typeof numberKeys, FieldName][];

const schemaKeys = ['responseJsonSchema', '_responseJsonSchema'] as const;

type Configured = Pick<Call, 'sampling' | 'maxOutputTokens' | 'stop' | 'responseFormat' | 'reasoning'>;

function takeNumber(config: JsonObject, camel: FieldName): number | undefined {
  return typeof fieldOf(config, camel) === 'number' ? (takeField(config, camel) as number) : undefined;
}

function takeFormat(config: JsonObject): ResponseFormat | undefined {
  const mimeType = fieldOf(config, 'responseMimeType');
  if (mimeType === 'text/plain') {
    takeField(config, 'responseMimeType');
    return { type: 'text' };
  }
  if (mimeType !== 'application/json') return undefined;
  takeField(config, 'responseMimeType');
  const key = schemaKeys.find((name) => fieldOf(config, name) != null);
  if (key !== undefined) return { type: 'json-schema', schema: takeField(config, key) as JsonValue };
  const schema = fieldOf(config, 'responseSchema');
  // Converted there is no exact way back, so Google's own schema stays where it is.
  return isObject(schema) ? { type: 'json-schema', schema: toJsonSchema(schema) } : { type: 'json' };
}

function takeStop(config: JsonObject): readonly string[] | undefined {
  const stop = fieldOf(config, 'stopSequences');
  const understood = Array.isArray(stop) && stop.every((word) => typeof word === 'string');
  return understood ? (takeField(config, 'stopSequences') as string[]) : undefined;
}

/** Text alone is the default, and no loss; anything more stays, to be named as lost. */
const textOnly = '["TEXT"]';

function takeTextOnly(config: JsonObject): void {
  if (JSON.stringify(fieldOf(config, 'responseModalities')) === textOnly)
    takeField(config, 'responseModalities');
}

/** Takes what has a type out of the request's `generationConfig`, whose copy stays in `fields`. */
export function takeConfig(fields: JsonObject): Configured {
  const key = keyOf(fields, 'generationConfig');
  const raw = fields[key];
  if (!isObject(raw)) return { sampling: {} };
  const config: JsonObject = { ...raw };
  fields[key] = config;
  const numbers = numberNames.map(([name, camel]) => [name, takeNumber(config, camel)] as const);
  const wantsLogprobs = fieldOf(config, 'responseLogprobs');
  if (typeof wantsLogprobs === 'boolean') takeField(config, 'responseLogprobs');
  const maxOutputTokens = takeNumber(config, 'maxOutputTokens');
  const stop = takeStop(config);
  const responseFormat = takeFormat(config);
  const reasoning = takeReasoning(config);
  takeTextOnly(config);
  return {
    sampling: {
      ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
      ...(typeof wantsLogprobs === 'boolean' && { logprobs: wantsLogprobs }),
    },
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && { stop }),
    ...(responseFormat !== undefined && { responseFormat }),
    ...(reasoning !== undefined && Object.keys(reasoning).length > 0 && { reasoning }),
  };
}

function restoreFormat(config: JsonObject, format: ResponseFormat): void {
  fillSeat(config, 'responseMimeType', format.type === 'text' ? 'text/plain' : 'application/json');
  if (format.type !== 'json-schema') return;
  const key = schemaKeys.find((name) => hasSeat(config, name));
  if (key !== undefined) fillSeat(config, key, format.schema);
}

/** Puts everything back into the seats of the config in `fields`. */
export function restoreConfig(fields: JsonObject, call: Configured): void {
  const key = keyOf(fields, 'generationConfig');
  const raw = fields[key];
  if (!isObject(raw)) return;
  const config: JsonObject = { ...raw };
  for (const [name, camel] of numberNames) fillSeat(config, camel, call.sampling[name]);
  fillSeat(config, 'responseLogprobs', call.sampling.logprobs);
  fillSeat(config, 'maxOutputTokens', call.maxOutputTokens);
  if (Array.isArray(call.stop)) fillSeat(config, 'stopSequences', [...call.stop]);
  if (call.responseFormat !== undefined) restoreFormat(config, call.responseFormat);
  if (call.reasoning !== undefined) restoreReasoning(config, call.reasoning);
  fillSeat(config, 'responseModalities', ['TEXT']);
  fields[key] = config;
}

function formatFields(format: ResponseFormat, note: (loss: string) => void): JsonObject {
  if (format.type === 'json') return { responseMimeType: 'application/json' };
  if (format.type !== 'json-schema') return {};
  // A schema has no name or description of its own here.
  if (format.name !== undefined) note('response_format.name');
  if (format.description !== undefined) note('response_format.description');
  return { responseMimeType: 'application/json', responseJsonSchema: format.schema };
}

/** int32 is all that Google's field holds. */
function isInt32(value: number): boolean {
  return (value | 0) === value;
}

/** The config for a call of another dialect; undefined when it wishes for nothing. */
export function writeConfig(
  call: Configured,
  model: string,
  note: (loss: string) => void,
): JsonObject | undefined {
  const config: JsonObject = {};
  for (const [name, key] of numberNames) {
    const value = call.sampling[name];
    if (value === undefined) continue;
    if (name === 'seed' && !isInt32(value)) note('seed');
    else config[key] = value;
  }
  const { logprobs } = call.sampling;
  if (logprobs !== undefined) config.responseLogprobs = logprobs;
  // Likelier tokens come only with the log probabilities themselves, and none of them is no number Google takes.
  if (logprobs !== true || config.logprobs === 0) delete config.logprobs;
  if (call.maxOutputTokens !== undefined) config.maxOutputTokens = call.maxOutputTokens;
  if (call.stop !== undefined)
    config.stopSequences = typeof call.stop === 'string' ? [call.stop] : [...call.stop];
  if (call.responseFormat !== undefined) Object.assign(config, formatFields(call.responseFormat, note));
  const thinking = call.reasoning && writeReasoning(call.reasoning, model, note);
  if (thinking !== undefined) config.thinkingConfig = thinking;
  return Object.keys(config).length === 0 ? undefined : config;
}
