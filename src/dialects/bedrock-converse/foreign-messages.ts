/**
 * Another API's conversation as Converse's turns: user and assistant take turns, all results of parallel calls stand
 * together at the head of one user turn, and nothing blank is in it.
 */
import type { Call, Message } from '../../core/call.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Part } from '../../core/part.ts';
import type { ForeignBlocks } from './foreign-block.ts';

export interface Conversation {
  readonly system: JsonObject[];
  readonly messages: JsonObject[];
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer';
}

/** Changes with every call, and so keeps any cache from ever matching; it means nothing to this service. */
function isBillingNote(part: Part): boolean {
  return part.type === 'text' && part.text.startsWith('x-anthropic-billing-header:');
}

/** System blocks are text alone. */
function systemBlocks(messages: readonly Message[], blocks: ForeignBlocks): JsonObject[] {
  return messages.flatMap(({ parts }) =>
    parts.filter((part) => part.type === 'text' && !isBillingNote(part)).flatMap((part) => blocks.part(part)),
  );
}

function isToolResult(block: JsonObject): boolean {
  return block.toolResult !== undefined;
}

function isCachePoint(block: JsonObject): boolean {
  return block.cachePoint !== undefined;
}

/** Results first, in their order, each with its cache mark. */
function resultsFirst(content: readonly JsonObject[]): JsonObject[] {
  const results: JsonObject[] = [];
  const others: JsonObject[] = [];
  let last = others;
  for (const block of content) {
    if (!isCachePoint(block)) last = isToolResult(block) ? results : others;
    last.push(block);
  }
  return [...results, ...others];
}

/** A cache point must have content before it. */
function withoutLeadingMarks(content: readonly JsonObject[]): JsonObject[] {
  const first = content.findIndex((block) => !isCachePoint(block));
  return first === -1 ? [] : content.slice(first);
}

function turnsOf(messages: readonly Message[], blocks: ForeignBlocks): Turn[] {
  const turns: Turn[] = [];
  for (const { role, parts } of messages) {
    if (role === 'other') continue;
    const side = role === 'assistant' ? 'assistant' : 'user';
    const content = parts.flatMap((part) => blocks.part(part));
    const last = turns.at(-1);
    if (last?.role === side) last.content.push(...content);
    else if (withoutLeadingMarks(content).length > 0) turns.push({ role: side, content });
  }
  return turns;
}

/** White space at the end of what the model is to continue is refused. */
function trimmed(turn: Turn): Turn {
  const at = turn.content.findLastIndex((block) => !isCachePoint(block));
  const last = turn.content[at];
  if (turn.role !== 'assistant' || typeof last?.text !== 'string') return turn;
  return { ...turn, content: turn.content.with(at, { text: last.text.trimEnd() }) };
}

/** System prompts that lead go to the top; one in the midst of the conversation stays there, as words of the user. */
export function writeConversation(call: Call, blocks: ForeignBlocks, losses: Losses): Conversation {
  const lead = call.messages.findIndex((message) => !isSystem(message));
  const leading = (message: Message, at: number) =>
    isSystem(message) && (message.apart === true || lead === -1 || at < lead);
  const system = withoutLeadingMarks(systemBlocks(call.messages.filter(leading), blocks));
  const turns = turnsOf(
    call.messages.filter((message, at) => !leading(message, at)),
    blocks,
  );
  // Converse wants a user to speak: a call of instructions alone is spoken by one.
  if (turns.length === 0 && system.length > 0) {
    losses.add('system prompt (said by the user)');
    return { system: [], messages: [{ role: 'user', content: system }] };
  }
  if (call.messages.some((message, at) => isSystem(message) && !leading(message, at)))
    losses.add('system message inside the conversation (said by the user)');
  const messages = turns.map((turn, at) => {
    const { role, content } = at === turns.length - 1 ? trimmed(turn) : turn;
    const ordered = role === 'user' ? resultsFirst(content) : content;
    return { role, content: withoutLeadingMarks(ordered) };
  });
  return { system, messages };
}

/** The names of the tools a conversation has used, and whether it used any. */
export function toolsUsed(messages: readonly JsonObject[]): {
  readonly any: boolean;
  readonly names: string[];
} {
  const names = new Set<string>();
  let any = false;
  for (const { content } of messages)
    for (const block of content as JsonValue[]) {
      if (!isObject(block)) continue;
      if (isObject(block.toolUse)) names.add(String(block.toolUse.name));
      any ||= isToolResult(block) || block.toolUse !== undefined;
    }
  return { any, names: [...names] };
}
