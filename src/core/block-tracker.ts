/**
 * Turns a flat stream of reply events into content blocks that open and close strictly, one at a time, as the block
 * dialects (Anthropic, Bedrock, OpenAI Responses) want them. Blocks are numbered from 0 without gaps.
 *
 * Deltas of parallel tool calls may interleave. A call that begins while another's arguments are no complete JSON yet waits
 * until they are, or until the reply ends: nothing is lost, and nothing is sent out of its block.
 */
import type { ReplyEvent, ToolCallDelta } from './reply.ts';

export type BlockKind = 'text' | 'reasoning' | 'redacted' | 'refusal' | 'tool-call' | 'media';

export interface OpenBlock {
  readonly index: number;
  readonly kind: BlockKind;
  /** Of a tool call: its first delta, which names it. */
  readonly call?: ToolCallDelta;
}

/** An event that is part of a block's content. */
export type ContentEvent = Exclude<ReplyEvent, { type: 'usage' | 'choice-finish' | 'other' | 'logprobs' }>;

export type BlockStep =
  | { readonly type: 'open'; readonly block: OpenBlock }
  | { readonly type: 'delta'; readonly block: OpenBlock; readonly event: ContentEvent }
  | { readonly type: 'close'; readonly block: OpenBlock };

const kinds: Readonly<Record<ContentEvent['type'], BlockKind>> = {
  'text-delta': 'text',
  citation: 'text',
  'reasoning-delta': 'reasoning',
  'reasoning-signature': 'reasoning',
  'reasoning-redacted': 'redacted',
  'refusal-delta': 'refusal',
  'tool-call-delta': 'tool-call',
  media: 'media',
};

function isCompleteJson(text: string): boolean {
  if (text === '') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export class BlockTracker {
  #next = 0;
  #open: OpenBlock | undefined;
  /** The reading dialect's own number of the open block. */
  #number: number | undefined;
  /** Arguments of the open tool call so far. */
  #arguments = '';
  /** Deltas of calls that wait for the open one, by call. */
  readonly #waiting = new Map<number, ToolCallDelta[]>();

  /** Content of the one choice that block dialects have. */
  push(event: ContentEvent): BlockStep[] {
    const steps: BlockStep[] = [];
    if (event.type === 'tool-call-delta') this.#pushCall(event, steps);
    else {
      // Content of another kind says that the calls before it are over.
      this.#releaseWaiting(steps, true);
      this.#pushContent(event, steps);
    }
    return steps;
  }

  /** Closes what is open, waiting calls included. */
  finish(): BlockStep[] {
    const steps: BlockStep[] = [];
    this.#releaseWaiting(steps, true);
    this.#close(steps);
    return steps;
  }

  #pushContent(event: ContentEvent, steps: BlockStep[]): void {
    const kind = kinds[event.type];
    const isWhole = kind === 'redacted' || kind === 'media';
    if (isWhole || this.#open?.kind !== kind || this.#number !== event.block) {
      this.#close(steps);
      this.#begin({ index: this.#next++, kind }, event.block, steps);
    }
    this.#delta(event, steps);
    if (isWhole) this.#close(steps);
  }

  #pushCall(event: ToolCallDelta, steps: BlockStep[]): void {
    const current = this.#open?.call;
    if (current?.index === event.index) {
      this.#delta(event, steps);
      return;
    }
    const queue = this.#waiting.get(event.index);
    if (queue !== undefined) queue.push(event);
    else if (current !== undefined && current.kind !== 'custom' && !isCompleteJson(this.#arguments))
      this.#waiting.set(event.index, [event]);
    else {
      this.#begin({ index: this.#next++, kind: 'tool-call', call: event }, event.block, this.#closed(steps));
      this.#delta(event, steps);
      return;
    }
    if (isCompleteJson(this.#arguments)) this.#releaseWaiting(steps, false);
  }

  /** Gives waiting calls their blocks: the first of them when the open one is complete, all of them at the end. */
  #releaseWaiting(steps: BlockStep[], all: boolean): void {
    for (const [index, deltas] of this.#waiting) {
      const blocked = this.#open?.call !== undefined && !isCompleteJson(this.#arguments);
      if (blocked && !all) return;
      this.#waiting.delete(index);
      const [first] = deltas;
      if (first === undefined) continue;
      this.#begin({ index: this.#next++, kind: 'tool-call', call: first }, first.block, this.#closed(steps));
      for (const delta of deltas) this.#delta(delta, steps);
    }
  }

  #begin(block: OpenBlock, number: number | undefined, steps: BlockStep[]): void {
    this.#open = block;
    this.#number = number;
    this.#arguments = '';
    steps.push({ type: 'open', block });
  }

  #delta(event: ContentEvent, steps: BlockStep[]): void {
    if (this.#open === undefined) return;
    if (event.type === 'tool-call-delta') this.#arguments += event.arguments ?? '';
    steps.push({ type: 'delta', block: this.#open, event });
  }

  #close(steps: BlockStep[]): void {
    if (this.#open !== undefined) steps.push({ type: 'close', block: this.#open });
    this.#open = undefined;
  }

  #closed(steps: BlockStep[]): BlockStep[] {
    this.#close(steps);
    return steps;
  }
}
