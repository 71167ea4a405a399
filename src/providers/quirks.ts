/** Where an OpenAI-compatible provider differs from OpenAI, as data, and the one place where that data takes effect. */
import type { DialectName } from '../core/dialect-name.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Losses } from '../core/losses.ts';

export interface Quirks {
  /** Whether a stream may be asked for usage with `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** The only name it has for the limit of output; absent means that it takes both. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Its name for `seed`, where that is another. */
  readonly seedField?: string;
  /** Its name for the `dimensions` of an embedding, where that is another. */
  readonly dimensionsField?: string;
  /** Its name for reasoning given back to it, in the assistant's messages; absent means that clients say it right. */
  readonly reasoningField?: 'reasoning' | 'reasoning_content';
  /** Whether it knows the role `developer`; where not, `system` is sent. Absent means yes. */
  readonly developerRole?: boolean;
  /** Whether messages may carry a `name`. Absent means yes. */
  readonly messageNames?: boolean;
  /** Whether a tool may be `strict`. Absent means yes. */
  readonly strictTools?: boolean;
  /** Whether it knows `parallel_tool_calls`. Absent means yes. */
  readonly parallelToolCalls?: boolean;
  /** Top-level fields it refuses and that change nothing of what is answered: they are left out. */
  readonly refusedFields?: readonly string[];
  /** Models whose own name is another than the one clients use, by the latter. */
  readonly modelNames?: Readonly<Record<string, string>>;
}

/** Gives back the same object where there is nothing to change. */
type Change = (body: JsonObject, losses: Losses) => JsonObject;

/** A field keeps its place under its new name; one that stands there already wins. */
function renamed(body: JsonObject, from: string, to: string): JsonObject {
  if (!Object.hasOwn(body, from)) return body;
  const keepsOld = Object.hasOwn(body, to);
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, value]) => {
      if (key !== from) return [[key, value]];
      return keepsOld ? [] : [[to, value]];
    }),
  );
}

function without(body: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = body;
  return rest;
}

/** `isLoss`: whether leaving out this value takes something away. */
function leaveOut(key: string, isLoss: (value: JsonValue) => boolean = () => true): Change {
  return (body, losses) => {
    const value = body[key];
    if (value === undefined) return body;
    if (value !== null && isLoss(value)) losses.add(key);
    return without(body, key);
  };
}

function changeItems(key: string, change: Change): Change {
  return (body, losses) => {
    const items = body[key];
    if (!Array.isArray(items)) return body;
    const changed = items.map((item) => (isObject(item) ? change(item, losses) : item));
    return changed.some((item, at) => item !== items[at]) ? { ...body, [key]: changed } : body;
  };
}

function dropName(message: JsonObject, losses: Losses): JsonObject {
  // A result's name is the name of its tool, and for a function's result it is all there is.
  const isResult = message.role === 'tool' || message.role === 'function';
  if (isResult || message.name === undefined) return message;
  losses.add('messages.name');
  return without(message, 'name');
}

function dropStrict(tool: JsonObject, losses: Losses): JsonObject {
  const inner = tool.function;
  if (!isObject(inner) || inner.strict === undefined) return tool;
  if (inner.strict === true) losses.add('tools.strict');
  return { ...tool, function: without(inner, 'strict') };
}

function messageChanges(quirks: Quirks): Change[] {
  const { reasoningField } = quirks;
  const changes: Change[] = [];
  if (quirks.developerRole === false)
    changes.push((message) => (message.role === 'developer' ? { ...message, role: 'system' } : message));
  if (quirks.messageNames === false) changes.push(dropName);
  if (reasoningField !== undefined) {
    const other = reasoningField === 'reasoning' ? 'reasoning_content' : 'reasoning';
    changes.push((message) =>
      message.role === 'assistant' ? renamed(message, other, reasoningField) : message,
    );
  }
  return changes;
}

/** For both forms of completion. */
function completionChanges(quirks: Quirks): Change[] {
  const { seedField } = quirks;
  const changes: Change[] = [];
  if (!quirks.streamUsage) changes.push(leaveOut('stream_options'));
  if (seedField !== undefined) changes.push((body) => renamed(body, 'seed', seedField));
  for (const field of quirks.refusedFields ?? []) changes.push(leaveOut(field));
  return changes;
}

function chatChanges(quirks: Quirks): Change[] {
  const { maxTokensField } = quirks;
  const changes = completionChanges(quirks);
  if (maxTokensField !== undefined) {
    const other = maxTokensField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    changes.push((body) => renamed(body, other, maxTokensField));
  }
  for (const change of messageChanges(quirks)) changes.push(changeItems('messages', change));
  if (quirks.strictTools === false) changes.push(changeItems('tools', dropStrict));
  if (quirks.parallelToolCalls === false)
    changes.push(leaveOut('parallel_tool_calls', (value) => value === false));
  return changes;
}

/** Of the refused fields, embeddings have one. */
function embeddingChanges({ dimensionsField, refusedFields }: Quirks): Change[] {
  const changes: Change[] = refusedFields?.includes('user') === true ? [leaveOut('user')] : [];
  if (dimensionsField !== undefined) changes.push((body) => renamed(body, 'dimensions', dimensionsField));
  return changes;
}

type Adapt = (
  body: JsonObject,
  route: { readonly model: string; readonly dialect: DialectName },
  losses: Losses,
) => JsonObject;

/** What the quirks do to a body on its way out; undefined where they do nothing. */
export function adaptTo(quirks: Quirks): Adapt | undefined {
  const byDialect: Partial<Record<DialectName, Change[]>> = {
    'openai-chat': chatChanges(quirks),
    'openai-completions': completionChanges(quirks),
    'openai-embeddings': embeddingChanges(quirks),
  };
  const names = new Map(Object.entries(quirks.modelNames ?? {}));
  if (names.size === 0 && Object.values(byDialect).every((changes) => changes.length === 0)) return undefined;
  return (body, { model, dialect }, losses) => {
    const changes = byDialect[dialect] ?? [];
    const changed = changes.reduce((before, change) => change(before, losses), body);
    const name = names.get(model);
    return name === undefined || changed.model === name ? changed : { ...changed, model: name };
  };
}
