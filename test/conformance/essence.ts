/**
 * What a call or a reply says, whatever its dialect and form: typed values alone, ids by order, results where they
 * belong, and beside them what only its own dialect knows. Two of them can be compared.
 */
import type { Call, Message, ReasoningRequest, Tool } from '../../src/core/call.ts';
import type { Carry } from '../../src/core/carry.ts';
import { foldReply } from '../../src/core/fold.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../src/core/json.ts';
import type { MediaSource, Part } from '../../src/core/part.ts';
import type { ReplyFrame } from '../../src/core/reply.ts';
import type { Usage } from '../../src/core/usage.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { unsealed } from './unsealed.ts';

export interface Essence {
  readonly said: JsonValue;
  /** Path in the dialect's own form → what stands there. */
  readonly own: ReadonlyMap<string, JsonValue>;
}

type Ids = Map<string, string>;

function idOf(ids: Ids, id: string): string {
  const known = ids.get(id) ?? `call ${ids.size + 1}`;
  ids.set(id, known);
  return known;
}

function argumentsOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** What a document that is text says; base64 may be written with other letters. */
function textOf(source: MediaSource): string | undefined {
  if (source.type === 'text') return source.text;
  const isText = source.type === 'base64' && /^(?:text\/|application\/json)/.test(source.mediaType);
  return isText ? Buffer.from(source.data, 'base64').toString('utf8') : undefined;
}

function saySource(source: MediaSource): JsonObject {
  if (source.type !== 'base64') return { ...source };
  return { ...source, data: Buffer.from(source.data, 'base64').toString('base64') };
}

/** A result is what it says, whatever its white space. */
function sayResult(parts: readonly Part[], ids: Ids): JsonValue[] {
  return joinTexts(parts).map((part) => {
    const json = part.type === 'text' ? parseObject(part.text) : undefined;
    return sayPart(part.type === 'text' && json ? { ...part, text: JSON.stringify(json) } : part, ids);
  });
}

function sayPart(part: Part, ids: Ids): JsonValue {
  const cache = 'cache' in part && part.cache !== undefined ? { cache: { ...part.cache } } : {};
  switch (part.type) {
    case 'tool-call':
      return {
        type: part.type,
        id: idOf(ids, part.id),
        name: part.name,
        arguments: argumentsOf(part.arguments),
        ...(part.kind === 'custom' && { kind: 'custom' }),
        ...(part.signature !== undefined && { signature: part.signature }),
      };
    case 'tool-result':
      return {
        type: part.type,
        id: idOf(ids, part.toolCallId),
        parts: sayResult(part.parts, ids),
        ...(part.isError === true && { isError: true }),
        ...cache,
      };
    case 'media':
      return { type: part.type, kind: part.kind, source: saySource(part.source), ...cache };
    case 'other':
      return { type: 'other' };
    default: {
      const { carry: _, id: _id, ...rest } = { id: '', ...part };
      return rest as unknown as JsonObject;
    }
  }
}

function roleOf({ role }: Message): string {
  if (role === 'developer') return 'system';
  return role === 'tool' ? 'user' : role;
}

/** A document that is text is what it says: names of documents are made up where an API wants them. */
function asText(part: Part): Part {
  const text = part.type === 'media' ? textOf(part.source) : undefined;
  if (part.type !== 'media' || text === undefined) return part;
  return { type: 'text', text, ...(part.cache && { cache: part.cache }) };
}

/** A text that says nothing is none, and how a text is cut into pieces is form. */
function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const whole of parts) {
    const part = asText(whole);
    const before = joined.at(-1);
    const isPlain = part.type === 'text' && part.cache === undefined;
    if (isPlain && part.text.trim() === '') continue;
    if (isPlain && before?.type === 'text' && before.cache === undefined)
      joined[joined.length - 1] = { ...before, text: before.text + part.text };
    else joined.push(part);
  }
  return joined;
}

function turnsOf({ messages }: Call): [role: string, parts: Part[]][] {
  const turns: [string, Part[]][] = [];
  for (const message of messages) {
    const role = roleOf(message);
    const last = turns.at(-1);
    if (last?.[0] === role) last[1].push(...message.parts);
    else turns.push([role, [...message.parts]]);
  }
  return turns;
}

/** The conversation as one sequence: how it is cut into messages is form. */
function sayMessages(call: Call): JsonValue[] {
  const ids: Ids = new Map();
  const sequence: JsonObject[] = [];
  for (const [role, parts] of turnsOf(call))
    for (const part of joinTexts(parts)) sequence.push({ role, part: sayPart(part, ids) });
  // A system prompt may stand anywhere: what counts is that it is there.
  const isSystem = ({ role }: JsonObject) => role === 'system';
  return [...sequence.filter(isSystem), ...sequence.filter((entry) => !isSystem(entry))];
}

function leftIn(
  fields: JsonObject,
  path: string,
  form: ReadonlySet<string>,
  own: Map<string, JsonValue>,
): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null || form.has(key)) continue;
    const here = path === '' ? key : `${path}.${key}`;
    if (isObject(value) && Object.values(value).some((inner) => inner === undefined))
      leftIn(value, here, form, own);
    else if (!(Array.isArray(value) && value.length === 0))
      own.set(here, JSON.parse(JSON.stringify(value)) as JsonValue);
  }
}

function leftovers(
  carries: readonly [string, Carry | undefined][],
  dialect: Dialect,
): Map<string, JsonValue> {
  const own = new Map<string, JsonValue>();
  for (const [path, carry] of carries)
    if (carry !== undefined && carry.dialect === dialect.name)
      leftIn(carry.fields, path, dialect.listen.formKeys, own);
  return own;
}

function withoutCarry(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'carry' ? undefined : inner)),
  ) as JsonValue;
}

/** A default said aloud says no more than silence. */
function saySettings({
  tools,
  sampling,
  responseFormat,
  reasoning,
  parallelToolCalls,
  ...rest
}: Call): JsonObject {
  const { choices, frequencyPenalty, presencePenalty, logprobs, temperature, topP, ...others } = sampling;
  const format = responseFormat?.type === 'text' ? undefined : responseFormat;
  return withoutCarry({
    ...rest,
    ...(tools !== undefined && tools.length > 0 && { tools: tools.map(sayTool) }),
    sampling: {
      ...others,
      ...(choices !== 1 && { choices }),
      ...(frequencyPenalty !== 0 && { frequencyPenalty }),
      ...(presencePenalty !== 0 && { presencePenalty }),
      ...(logprobs === true && { logprobs }),
      ...(temperature !== 1 && { temperature }),
      ...(topP !== 1 && { topP }),
    },
    ...(parallelToolCalls === false && { parallelToolCalls }),
    ...(format !== undefined && { responseFormat: withoutFalse(format) }),
    ...sayReasoning(reasoning),
  }) as JsonObject;
}

/** To think is what models that can do unless told not to, and a budget's thoughts are shown. */
function sayReasoning({ mode, show, ...wish }: ReasoningRequest = {}): JsonObject {
  const said: JsonObject = { ...wish };
  if (mode === 'disabled') said.mode = mode;
  if (show === false || (show === true && wish.budgetTokens === undefined)) said.show = show;
  return Object.keys(said).length === 0 ? {} : { reasoning: said };
}

function withoutFalse<T extends object>(value: T): T {
  return 'strict' in value && value.strict === false ? { ...value, strict: undefined } : value;
}

function sayTool(tool: Tool): Tool {
  const said = withoutFalse(tool);
  if (said.type === 'other' || said.description !== '') return said;
  const { description: _, ...rest } = said;
  return rest;
}

/** Form, not meaning: how a reader found it. */
const formOfCall: ReadonlySet<string> = new Set(['model', 'stream', 'messages', 'carry']);

export function essenceOfCall(call: Call, dialect: Dialect): Essence {
  const rest = Object.fromEntries(Object.entries(call).filter(([key]) => !formOfCall.has(key)));
  const said: JsonObject = { ...saySettings(rest as unknown as Call), messages: sayMessages(call) };
  if (typeof call.stop === 'string') said.stop = [call.stop];
  const parts = call.messages.flatMap(({ parts: inner }) =>
    inner.flatMap((part) => (part.type === 'tool-result' ? [part, ...part.parts] : [part])),
  );
  const carries: [string, Carry | undefined][] = [
    ['', call.carry],
    ...call.messages.map(({ carry }): [string, Carry] => ['messages', carry]),
    ...parts.map((part): [string, Carry | undefined] => [`content.${part.type}`, part.carry]),
    ...(call.tools ?? []).map((tool): [string, Carry | undefined] => [`tools.${tool.type}`, tool.carry]),
  ];
  if (call.toolChoice?.type === 'other') carries.push(['tool_choice', call.toolChoice.carry]);
  if (call.responseFormat?.type === 'other') carries.push(['response_format', call.responseFormat.carry]);
  return { said, own: leftovers(carries, dialect) };
}

/** Without the tier of service, which belongs to whoever served the call and is not told in another language. */
export function countsIn(usage: Usage | undefined): Usage | undefined {
  if (usage === undefined) return undefined;
  const { serviceTier: _, ...counts } = usage;
  return counts;
}

function nonZero(usage: Usage): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== 0));
}

export function essenceOfReply(frame: ReplyFrame, dialect: Dialect): Essence {
  const { choices, usage } = foldReply([frame]);
  const ids: Ids = new Map();
  const said = choices.map(({ blocks, logprobs, finish }) => ({
    blocks: unsealed(blocks).map((block) => {
      const { index: _, ...rest } = { index: 0, ...block };
      return block.type === 'tool-call'
        ? { ...rest, id: idOf(ids, block.id), arguments: argumentsOf(block.arguments) }
        : rest;
    }),
    // Bytes only repeat the token.
    logprobs: logprobs.map(({ token, logprob, top }) => ({
      token,
      logprob,
      top: (top ?? []).map((other) => ({ token: other.token, logprob: other.logprob })),
    })),
    finish: finish?.reason ?? 'none',
    ...(finish?.stopSequence !== undefined && { stopSequence: finish.stopSequence }),
  }));
  return {
    // None of a kind says no more than silence about it.
    said: withoutCarry({ choices: said, ...(usage && { usage: nonZero(usage) }) }),
    own: leftovers([['reply', frame.carry]], dialect),
  };
}

/** Whether everything the wanted value says, the found one says too; it may say more. */
export function says(found: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, at) => says(found[at], item))
    );
  if (isObject(wanted))
    return (
      isObject(found) &&
      Object.entries(wanted).every(([key, value]) => value === undefined || says(found[key], value))
    );
  return found === wanted;
}

export function keeps(found: Essence, wanted: Essence): boolean {
  if (!says(found.said, wanted.said)) return false;
  return [...wanted.own].every(([path, value]) => Bun.deepEquals(found.own.get(path), value));
}
