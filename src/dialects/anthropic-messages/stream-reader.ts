/** Reads the events of one stream; each frame keeps its event, with seats where typed values were taken. */
import { take, takeString } from '../../core/carry.ts';
import {
  countOf,
  isObject,
  type JsonObject,
  type JsonValue,
  parseObject,
  stringOf,
} from '../../core/json.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { BadFraming, type StreamReader, type WireEvent } from '../dialect.ts';
import { carry } from './carry.ts';
import { readFailure } from './error.ts';
import { type BlockState, citationEvents, readReplyBlock } from './reply-blocks.ts';
import { takeFinish } from './stop-reason.ts';
import { mergeUsage, readUsage } from './usage.ts';

const finishKeys: ReadonlySet<string> = new Set(['stop_reason', 'stop_sequence']);

class AnthropicStreamReader implements StreamReader {
  readonly #state: BlockState = { textLength: 0, calls: 0 };
  /** Ordinal of the tool call in each block that is one. */
  readonly #calls = new Map<number, number>();
  /** Where the open block's text began, and what it rests on; said when it is whole. */
  #start = 0;
  #citations: JsonValue[] = [];
  #usage: JsonObject = {};

  read({ data, name }: WireEvent): ReplyFrame | 'over' | undefined {
    if (data.trim() === '' || data.trim() === '[DONE]') return data.trim() === '' ? undefined : 'over';
    const json = parseObject(data);
    if (json === undefined) throw new BadFraming('an event that is not a JSON object');
    const type = stringOf(json.type) ?? name;
    if (type === 'message_stop') return 'over';
    const failure = readFailure(json);
    if (failure !== undefined) return { events: [], failure, carry: carry(json) };
    const fields: JsonObject = { ...json };
    if (type !== undefined) fields.type ??= type;
    switch (type) {
      case 'message_start':
        return this.#begin(fields);
      case 'content_block_start':
        return this.#open(fields);
      case 'content_block_delta':
        return this.#delta(fields);
      case 'content_block_stop': {
        const events = citationEvents(
          this.#citations,
          countOf(fields.index) ?? 0,
          this.#start,
          this.#state.textLength,
        );
        this.#citations = [];
        return { events, carry: carry(fields) };
      }
      case 'message_delta':
        return this.#end(fields);
      default:
        return { events: [], carry: carry(fields) };
    }
  }

  #observe(told: JsonValue | undefined, events: ReplyEvent[]): void {
    if (!isObject(told)) return;
    this.#usage = mergeUsage(this.#usage, told);
    const usage = readUsage(this.#usage);
    if (usage !== undefined) events.push({ type: 'usage', usage });
  }

  #begin(fields: JsonObject): ReplyFrame {
    const events: ReplyEvent[] = [];
    if (!isObject(fields.message)) return { events, carry: carry(fields) };
    const message: JsonObject = { ...fields.message };
    fields.message = message;
    this.#observe(message.usage, events);
    const id = takeString(message, 'id');
    const model = takeString(message, 'model');
    return {
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      events,
      carry: carry(fields),
    };
  }

  #open(fields: JsonObject): ReplyFrame {
    const events: ReplyEvent[] = [];
    const block = countOf(fields.index) ?? 0;
    this.#start = this.#state.textLength;
    const call = this.#state.calls;
    fields.content_block = readReplyBlock(fields.content_block, block, this.#state, events, false);
    if (this.#state.calls > call) this.#calls.set(block, call);
    return { events, carry: carry(fields) };
  }

  #delta(fields: JsonObject): ReplyFrame {
    const events: ReplyEvent[] = [];
    const block = countOf(fields.index) ?? 0;
    if (isObject(fields.delta)) {
      const delta: JsonObject = { ...fields.delta };
      fields.delta = delta;
      const event = this.#read(delta, block);
      if (event !== undefined) events.push(event);
    }
    return { events, carry: carry(fields) };
  }

  #read(delta: JsonObject, block: number): ReplyEvent | undefined {
    const place = { choice: 0, block } as const;
    switch (delta.type) {
      case 'text_delta': {
        const text = takeString(delta, 'text');
        this.#state.textLength += text?.length ?? 0;
        return text === undefined ? undefined : { type: 'text-delta', ...place, text };
      }
      case 'thinking_delta': {
        const text = takeString(delta, 'thinking');
        return text === undefined ? undefined : { type: 'reasoning-delta', ...place, text };
      }
      case 'signature_delta': {
        const signature = takeString(delta, 'signature');
        return signature === undefined ? undefined : { type: 'reasoning-signature', ...place, signature };
      }
      case 'input_json_delta': {
        const index = this.#calls.get(block);
        // Input of a hosted tool is no call the client could answer.
        if (index === undefined || typeof delta.partial_json !== 'string') return undefined;
        const text = take(delta, 'partial_json') as string;
        return { type: 'tool-call-delta', ...place, index, arguments: text };
      }
      case 'citations_delta':
        if (delta.citation !== undefined) this.#citations.push(delta.citation);
        return undefined;
      default:
        return undefined;
    }
  }

  #end(fields: JsonObject): ReplyFrame {
    const events: ReplyEvent[] = [];
    this.#observe(fields.usage, events);
    if (isObject(fields.delta)) {
      const delta: JsonObject = { ...fields.delta };
      fields.delta = delta;
      const finish = takeFinish(delta);
      // `stop_details`, `container`: a whole reply has them in its carry, where their loss is seen; a stream says it here.
      for (const [key, value] of Object.entries(delta))
        if (value !== undefined && value !== null && !finishKeys.has(key))
          events.push({ type: 'other', choice: 0, what: `reply.${key}` });
      if (finish !== undefined) events.push(finish);
    }
    return { events, carry: carry(fields) };
  }
}

export function createStreamReader(): StreamReader {
  return new AnthropicStreamReader();
}
