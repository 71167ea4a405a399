/** The whole request, read from Responses and written back. */
import type { Call, Message, ReasoningRequest, Sampling } from '../../core/call.ts';
import { carriedFields, seatOf, take, takeFlag, takeNumber, takeString } from '../../core/carry.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { takeServing } from '../openai/serving.ts';
import { carry, dialect } from './content.ts';
import { readHead } from './head.ts';
import { readItems } from './item-reader.ts';
import { readResponseFormat, readTool, readToolChoice } from './tools.ts';

/** Our names for the sampling fields, and OpenAI's. */
export const samplingKeys = {
  temperature: 'temperature',
  topP: 'top_p',
  topLogprobs: 'top_logprobs',
} as const satisfies Partial<Record<keyof Sampling, string>>;
export const samplingNames = Object.entries(samplingKeys) as [keyof typeof samplingKeys, string][];
const endUserKeys: readonly [string, ...string[]] = ['user', 'safety_identifier'];
export const logprobsInclude = 'message.output_text.logprobs';

function takeInput(fields: JsonObject): Message[] {
  const messages: Message[] = [];
  const instructions = takeString(fields, 'instructions');
  if (instructions !== undefined)
    messages.push({
      role: 'system',
      apart: true,
      parts: [{ type: 'text', text: instructions }],
      plainText: true,
      carry: carry({}),
    });
  const { input } = fields;
  if (typeof input === 'string')
    // Its carry has no seat for a role, as that of an item would: so it is known for the plain input.
    messages.push({
      role: 'user',
      parts: [{ type: 'text', text: input }],
      plainText: true,
      carry: carry({}),
    });
  else if (Array.isArray(input)) messages.push(...readItems(input));
  if (input !== undefined && input !== null) take(fields, 'input');
  return messages;
}

/** `auto` is what everyone else's wish to see reasoning means; other words are this API's own and stay. */
function takeReasoning(fields: JsonObject): ReasoningRequest | undefined {
  if (!isObject(fields.reasoning)) return undefined;
  const inner: JsonObject = { ...fields.reasoning };
  const effort = takeString(inner, 'effort');
  const show = typeof inner.summary === 'string' || typeof inner.generate_summary === 'string';
  if (inner.summary === 'auto') take(inner, 'summary');
  fields.reasoning = inner;
  if (effort === undefined && !show) return undefined;
  return { ...(effort !== undefined && { effort }), ...(show && { show }) };
}

function takeText(fields: JsonObject): Pick<Call, 'responseFormat' | 'verbosity'> {
  if (!isObject(fields.text)) return {};
  const inner: JsonObject = { ...fields.text };
  fields.text = inner;
  const verbosity = takeString(inner, 'verbosity');
  return {
    ...(isObject(inner.format) && { responseFormat: readResponseFormat(take(inner, 'format') as JsonValue) }),
    ...(verbosity !== undefined && { verbosity }),
  };
}

function takeMetadata(fields: JsonObject): Record<string, string> | undefined {
  const { metadata } = fields;
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    return undefined;
  return take(fields, 'metadata') as Record<string, string>;
}

function takeSampling(fields: JsonObject): Sampling {
  const found = samplingNames.map(([name, key]) => [name, takeNumber(fields, key)] as const);
  const logprobs = Array.isArray(fields.include) && fields.include.includes(logprobsInclude);
  return {
    ...Object.fromEntries(found.filter(([, value]) => value !== undefined)),
    ...(logprobs && { logprobs }),
  };
}

export function readRequest(json: JsonObject): Call {
  const head = readHead(json);
  const fields: JsonObject = { ...json };
  const messages = takeInput(fields);
  const tools = Array.isArray(fields.tools)
    ? (take(fields, 'tools') as JsonValue[]).map(readTool)
    : undefined;
  const choice =
    fields.tool_choice == null ? undefined : readToolChoice(take(fields, 'tool_choice') as JsonValue, tools);
  const text = takeText(fields);
  const reasoning = takeReasoning(fields);
  const parallel = takeFlag(fields, 'parallel_tool_calls');
  const maxOutputTokens = takeNumber(fields, 'max_output_tokens');
  const endUserKey = endUserKeys.find((key) => typeof fields[key] === 'string');
  const endUser = endUserKey === undefined ? undefined : takeString(fields, endUserKey);
  const metadata = takeMetadata(fields);
  const sampling = takeSampling(fields);
  const serving = takeServing(fields);
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
    ...text,
    ...(reasoning !== undefined && { reasoning }),
    ...(endUser !== undefined && { endUser }),
    ...(metadata !== undefined && { metadata }),
    ...serving,
    carry: carry(fields),
  };
}

/** What the provider keeps for its client, so that no other can know it. */
const storedKeys = ['previous_response_id', 'conversation', 'prompt', 'background'] as const;
const storedItems: ReadonlySet<string> = new Set(['item_reference', 'compaction', 'compaction_summary']);

function refused(what: string, param: string): GatewayError {
  const message = `The model's provider speaks an API without ${what}: send the whole conversation as 'input'.`;
  return new GatewayError('unsupported_value', message, { param });
}

/** Throws `unsupported_value` for a past that only a Responses provider has, and for work in the background. */
export function checkCrossing(call: Call): void {
  const fields = carriedFields(call.carry, dialect);
  for (const key of storedKeys) {
    const value = fields[key];
    if (value !== undefined && value !== null && value !== false) throw refused(`'${key}'`, key);
  }
  for (const [at, message] of call.messages.filter(({ apart }) => apart !== true).entries())
    for (const part of message.parts) {
      const raw = part.type === 'other' ? carriedFields(part.carry, dialect).value : undefined;
      const type = isObject(raw) && message.role === 'other' ? raw.type : undefined;
      if (typeof type === 'string' && storedItems.has(type)) throw refused(`items '${type}'`, `input[${at}]`);
    }
}

/** Where the end user's name goes: the spelling that was taken. */
export function endUserSeat(fields: JsonObject): string {
  const taken = endUserKeys.find((key) => Object.hasOwn(fields, key) && fields[key] === undefined);
  return taken ?? seatOf({}, endUserKeys);
}
