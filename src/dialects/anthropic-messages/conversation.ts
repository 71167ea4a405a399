/** Another API's conversation in the order Anthropic wants: system on top, turns that alternate, results first. */
import type { Call, Message } from '../../core/call.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Part } from '../../core/part.ts';
import { writeCache } from './carry.ts';
import { type BlockOptions, writeForeignBlock } from './foreign-block.ts';

interface Turn {
  readonly role: 'user' | 'assistant';
  blocks: JsonObject[];
}

export interface Conversation {
  readonly system: JsonObject[];
  readonly messages: JsonObject[];
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer';
}

function isThinking(block: JsonObject | undefined): boolean {
  return block?.type === 'thinking' || block?.type === 'redacted_thinking';
}

/** Results before all else in a user turn; an assistant turn begins with its thinking, and keeps its order when it does. */
function ordered({ role, blocks }: Turn): JsonObject[] {
  if (role === 'assistant' && isThinking(blocks[0])) return blocks;
  const isFirst = (block: JsonObject) =>
    role === 'assistant' ? isThinking(block) : block.type === 'tool_result';
  return [...blocks.filter(isFirst), ...blocks.filter((block) => !isFirst(block))];
}

/** A blank block is dropped, but what it marked is not: the mark moves to the block before it. */
function blocksOf(parts: readonly Part[], options: BlockOptions): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const part of parts) {
    const written = writeForeignBlock(part, options);
    const before = blocks.at(-1);
    const cache = part.type === 'other' || part.type === 'reasoning' ? undefined : part.cache;
    if (written.length === 0 && cache !== undefined && before !== undefined) writeCache(before, { cache });
    blocks.push(...written);
  }
  return blocks;
}

/** A prompt that comes in the middle has no place of its own in every version of the API: a user turn says whose it is. */
function folded(blocks: readonly JsonObject[]): JsonObject[] {
  return blocks.map((block) =>
    block.type === 'text' ? { ...block, text: `<system>\n${block.text}\n</system>` } : block,
  );
}

/** Trailing white space of a last assistant message, which the model would continue, is a 400. */
function trimLast(turn: Turn | undefined): void {
  const block = turn?.role === 'assistant' ? turn.blocks.at(-1) : undefined;
  if (block?.type === 'text' && typeof block.text === 'string') block.text = block.text.trimEnd();
}

function contentOf(blocks: readonly JsonObject[]): JsonValue {
  const [only] = blocks;
  const isPlain = blocks.length === 1 && only?.type === 'text' && Object.keys(only).length === 2;
  return isPlain && only.text !== undefined ? only.text : [...blocks];
}

export function writeConversation({ messages }: Call, losses: Losses): Conversation {
  const options = { losses };
  const turns: Turn[] = [];
  let system: JsonObject[] = [];
  const say = (role: Turn['role'], blocks: JsonObject[]): void => {
    if (blocks.length === 0) return;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks });
  };
  for (const message of messages) {
    if (message.name !== undefined) losses.add('messages.name');
    if (message.role === 'other') continue;
    const blocks = blocksOf(message.parts, options);
    if (isSystem(message) && (message.apart === true || turns.length === 0)) system.push(...blocks);
    else if (isSystem(message)) {
      losses.add('system message inside the conversation (said by the user)');
      say('user', folded(blocks));
    } else say(message.role === 'assistant' ? 'assistant' : 'user', blocks);
  }
  if (turns.length === 0) {
    // There must be a turn to answer: a prompt alone is one.
    if (system.length > 0) losses.add('system prompt (said by the user)');
    say('user', system);
    system = [];
  }
  trimLast(turns.at(-1));
  return {
    system,
    messages: turns.map((turn) => ({ role: turn.role, content: contentOf(ordered(turn)) })),
  };
}

/** One plain text where it is nothing more. */
export function systemOf(blocks: readonly JsonObject[]): JsonValue | undefined {
  return blocks.length === 0 ? undefined : contentOf(blocks);
}
