/**
 * What a call or a reply says, whatever its dialect and form: typed values alone, ids by order, results where they
 * belong, and beside them what only its own dialect knows. Two of them can be compared.
 */
import type { Call, Message } from '../../src/core/call.ts';
import type { Carry } from '../../src/core/carry.ts';
import { foldReply } from '../../src/core/fold.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import type { Part } from '../../src/core/part.ts';
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
        parts: part.parts.map((inner) => sayPart(inner, ids)),
        ...(part.isError === true && { isError: true }),
        ...cache,
      };
    case 'media':
      return { type: part.type, kind: part.kind, source: part.source as unknown as JsonObject, ...cache };
    case 'other':
      return { type: 'other' };
    default: {
      const { carry: _, ...rest } = part;
      return rest as unknown as JsonObject;
    }
  }
}

function roleOf({ role }: Message): string {
  if (role === 'developer') return 'system';
  return role === 'tool' ? 'user' : role;
}

/** The conversation as one sequence: how it is cut into messages is form. */
function sayMessages(call: Call): JsonValue[] {
  const ids: Ids = new Map();
  const sequence: JsonObject[] = [];
  for (const message of call.messages)
    for (const part of message.parts) sequence.push({ role: roleOf(message), part: sayPart(part, ids) });
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

/** Form, not meaning: how a reader found it. */
const formOfCall: ReadonlySet<string> = new Set(['model', 'stream', 'messages', 'carry']);

export function essenceOfCall(call: Call, dialect: Dialect): Essence {
  const rest = Object.fromEntries(Object.entries(call).filter(([key]) => !formOfCall.has(key)));
  const said = { ...(withoutCarry(rest) as JsonObject), messages: sayMessages(call) };
  if (typeof call.stop === 'string') (said as JsonObject).stop = [call.stop];
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
function says(found: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
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
