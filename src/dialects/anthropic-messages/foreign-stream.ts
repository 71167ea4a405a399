/** Another dialect's stream as Anthropic's events: one message, blocks that open and close one at a time. */
import { type BlockStep, BlockTracker, type ContentEvent, type OpenBlock } from '../../core/block-tracker.ts';
import { textArgument } from '../../core/custom-calls.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ChoiceFinish, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';
import type { CallHead } from '../dialect.ts';
import { mapId } from './call-id.ts';
import { messageOf, writeCitation } from './reply.ts';
import { writeForeignFinish } from './stop-reason.ts';
import { writeUsage } from './usage.ts';

/** Deltas that say nothing open no block. */
function isEmpty(event: ContentEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return event.text === '';
    case 'reasoning-signature':
      return event.signature === '';
    default:
      return false;
  }
}

/** A piece of plain text inside a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

export class ForeignStream {
  readonly #head: CallHead;
  readonly #losses: Losses;
  readonly #tracker = new BlockTracker();
  #isBegun = false;
  #usage: Usage | undefined;
  #finish: ChoiceFinish | undefined;
  #hasToolCalls = false;
  #hasRefusal = false;

  constructor(head: CallHead, losses: Losses) {
    this.#head = head;
    this.#losses = losses;
  }

  write(frame: ReplyFrame): JsonObject[] {
    for (const event of frame.events) if (event.type === 'usage') this.#usage = event.usage;
    const written = this.#begin(frame);
    for (const event of frame.events) written.push(...this.#event(event));
    return written;
  }

  end(): JsonObject[] {
    const spoken = { hasToolCalls: this.#hasToolCalls, hasRefusal: this.#hasRefusal };
    return [
      ...this.#begin({}),
      ...this.#tracker.finish().flatMap((step) => this.#step(step)),
      {
        type: 'message_delta',
        delta: writeForeignFinish(this.#finish, spoken),
        usage: writeUsage(this.#usage),
      },
      { type: 'message_stop' },
    ];
  }

  #begin({ id, model }: Pick<ReplyFrame, 'id' | 'model'>): JsonObject[] {
    if (this.#isBegun) return [];
    this.#isBegun = true;
    const message = {
      ...messageOf({ ...(id !== undefined && { id }), model: model ?? this.#head.model }),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // What was said later is told at the end: here it is what is known by now. Some clients add both up.
      usage: { ...writeUsage(this.#usage), output_tokens: 0 },
    };
    return [{ type: 'message_start', message }];
  }

  #event(event: ReplyEvent): JsonObject[] {
    if (event.type === 'usage') return [];
    if (event.choice !== 0) {
      this.#losses.add('choices');
      return [];
    }
    switch (event.type) {
      case 'choice-finish':
        this.#finish = event;
        return [];
      case 'logprobs':
        this.#losses.add('logprobs');
        return [];
      case 'other':
        this.#losses.add(event.what);
        return [];
      case 'media':
        this.#losses.add(event.kind);
        return [];
      case 'citation':
        if (writeCitation(event.citation) === undefined) {
          this.#losses.add('citations');
          return [];
        }
        break;
      case 'refusal-delta':
        this.#hasRefusal = true;
        this.#losses.add('refusal');
        break;
      case 'tool-call-delta':
        this.#hasToolCalls = true;
        if (event.kind === 'custom') this.#losses.add('custom tool call');
        break;
    }
    return isEmpty(event) ? [] : this.#tracker.push(event).flatMap((step) => this.#step(step));
  }

  #step(step: BlockStep): JsonObject[] {
    const { index } = step.block;
    if (step.type === 'open') return this.#open(step.block);
    if (step.type === 'delta') return this.#delta(step.block, step.event);
    const stop = { type: 'content_block_stop', index };
    return step.block.call?.kind === 'custom'
      ? [this.#blockDelta(index, { type: 'input_json_delta', partial_json: '"}' }), stop]
      : [stop];
  }

  #open({ index, kind, call }: OpenBlock): JsonObject[] {
    const start = (content_block: JsonObject) => ({ type: 'content_block_start', index, content_block });
    switch (kind) {
      case 'text':
      case 'refusal':
        return [start({ type: 'text', text: '' })];
      case 'reasoning':
        return [start({ type: 'thinking', thinking: '', signature: '' })];
      case 'tool-call': {
        const id = mapId(call?.id ?? `call_${index}`);
        const opened = start({ type: 'tool_use', id, name: call?.name ?? '', input: {} });
        if (call?.kind !== 'custom') return [opened];
        const partial_json = `{${JSON.stringify(textArgument)}:"`;
        return [opened, this.#blockDelta(index, { type: 'input_json_delta', partial_json })];
      }
      // Its data comes with its one delta; media was named as lost before.
      case 'redacted':
      case 'media':
        return [];
    }
  }

  #blockDelta(index: number, delta: JsonObject): JsonObject {
    return { type: 'content_block_delta', index, delta };
  }

  #delta({ index, call }: OpenBlock, event: ContentEvent): JsonObject[] {
    switch (event.type) {
      case 'text-delta':
      case 'refusal-delta':
        return [this.#blockDelta(index, { type: 'text_delta', text: event.text })];
      case 'reasoning-delta':
        return [this.#blockDelta(index, { type: 'thinking_delta', thinking: event.text })];
      case 'reasoning-signature':
        return [this.#blockDelta(index, { type: 'signature_delta', signature: event.signature })];
      case 'reasoning-redacted': {
        const content_block = { type: 'redacted_thinking', data: event.data };
        return [{ type: 'content_block_start', index, content_block }];
      }
      case 'citation': {
        const citation = writeCitation(event.citation);
        return citation === undefined ? [] : [this.#blockDelta(index, { type: 'citations_delta', citation })];
      }
      case 'tool-call-delta': {
        const text = event.arguments ?? '';
        if (text === '') return [];
        const partial_json = call?.kind === 'custom' ? escaped(text) : text;
        return [this.#blockDelta(index, { type: 'input_json_delta', partial_json })];
      }
      case 'media':
        return [];
    }
  }
}
