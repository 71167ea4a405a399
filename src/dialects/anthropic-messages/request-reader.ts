/** The whole request, read. */
import type { Call, Message, ReasoningRequest, ResponseFormat, Sampling } from '../../core/call.ts';
import { take, takeNumber, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { readTier, type TierWords } from '../../core/serving.ts';
import { carry, marked, readCacheMark } from './carry.ts';
import { readHead } from './head.ts';
import { readMessage, takeSystem } from './message.ts';
import { readTool, readToolChoice } from './tools.ts';

const samplingKeys = { temperature: 'temperature', topP: 'top_p', topK: 'top_k' } as const;

function takeSampling(fields: JsonObject): Sampling {
  const found = Object.entries(samplingKeys).map(([name, key]) => [name, takeNumber(fields, key)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

export const tierWords: TierWords = { auto: 'auto', default: 'standard_only' };

/** An object of the fields to take from, itself in their seat. */
function innerOf(fields: JsonObject, key: string): JsonObject | undefined {
  const inner = fields[key];
  if (!isObject(inner)) return undefined;
  const copy: JsonObject = { ...inner };
  fields[key] = copy;
  return copy;
}

const modes: ReadonlySet<unknown> = new Set(['enabled', 'disabled', 'adaptive']);
const displays: ReadonlyMap<unknown, boolean> = new Map([
  ['summarized', true],
  ['omitted', false],
]);

function takeReasoning(fields: JsonObject): ReasoningRequest | undefined {
  const thinking = innerOf(fields, 'thinking');
  const output = innerOf(fields, 'output_config');
  const effort = output && takeString(output, 'effort');
  const mode =
    thinking !== undefined && modes.has(thinking.type)
      ? (take(thinking, 'type') as NonNullable<ReasoningRequest['mode']>)
      : undefined;
  const budgetTokens = mode && thinking && takeNumber(thinking, 'budget_tokens');
  const show = mode && displays.get(thinking?.display);
  if (thinking !== undefined && show !== undefined) take(thinking, 'display');
  if (effort === undefined && mode === undefined) return undefined;
  return {
    ...(mode !== undefined && { mode }),
    ...(effort !== undefined && { effort }),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...(show !== undefined && { show }),
  };
}

/** `output_config.format`, or `output_format` as it was first called. */
function takeFormat(fields: JsonObject): ResponseFormat | undefined {
  const outer = isObject(fields.output_format) ? fields : innerOf(fields, 'output_config');
  const key = outer === fields ? 'output_format' : 'format';
  const format = outer?.[key];
  if (outer === undefined || !isObject(format)) return undefined;
  if (format.type !== 'json_schema' || format.schema === undefined) return undefined;
  take(outer, key);
  return { type: 'json-schema', schema: format.schema, carry: carry({ ...format, schema: undefined }) };
}

function takeStop(fields: JsonObject): string[] | undefined {
  const stop = fields.stop_sequences;
  if (!Array.isArray(stop) || !stop.every((word) => typeof word === 'string')) return undefined;
  return take(fields, 'stop_sequences') as string[];
}

/** `cache_control` of the whole request means a mark at its last block that can have one. */
function withLastMarked(messages: readonly Message[], fields: JsonObject): readonly Message[] {
  const cache = readCacheMark(fields.cache_control);
  const last = messages.at(-1);
  if (cache === undefined || last === undefined) return messages;
  const at = last.parts.findLastIndex((part) => part.type !== 'other' && part.type !== 'reasoning');
  const parts = last.parts.map((part, index) => (index === at ? marked(part, cache) : part));
  return [...messages.slice(0, -1), { ...last, parts }];
}

/** Throws `missing_required_parameter` or `invalid_type`, naming the field. */
export function readRequest(json: JsonObject): Call {
  const { model, stream } = readHead(json);
  const fields: JsonObject = { ...json };
  const spoken = (take(fields, 'messages') as JsonValue[]).map(readMessage);
  const messages = withLastMarked([...takeSystem(fields), ...spoken], fields);
  const tools = Array.isArray(fields.tools)
    ? (take(fields, 'tools') as JsonValue[]).map(readTool)
    : undefined;
  const choice =
    fields.tool_choice == null ? undefined : readToolChoice(take(fields, 'tool_choice') as JsonValue);
  const maxOutputTokens = takeNumber(fields, 'max_tokens');
  const stop = takeStop(fields);
  const reasoning = takeReasoning(fields);
  const responseFormat = takeFormat(fields);
  const metadata = innerOf(fields, 'metadata');
  const endUser = metadata && takeString(metadata, 'user_id');
  const sampling = takeSampling(fields);
  const serviceTier = readTier(tierWords, fields.service_tier);
  if (serviceTier !== undefined) take(fields, 'service_tier');
  take(fields, 'model');
  return {
    model,
    stream,
    messages,
    sampling,
    ...(tools !== undefined && { tools }),
    ...choice,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && { stop }),
    ...(responseFormat !== undefined && { responseFormat }),
    ...(reasoning !== undefined && { reasoning }),
    ...(endUser !== undefined && { endUser }),
    ...(serviceTier !== undefined && { serviceTier }),
    carry: carry(fields),
  };
}
