/** Reads the events of one Converse stream; the carry of a frame is its event under the event's name. */
import { take, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, parseObject, stringOf } from '../../core/json.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { BadFraming, type StreamReader, type WireEvent } from '../dialect.ts';
import { isServerTool } from './block.ts';
import { readCitation } from './citation.ts';
import { readException } from './error.ts';
import { mediaTypeOf } from './media-format.ts';
import { readFinish } from './reply-reader.ts';
import { readUsage } from './usage.ts';

const dialect = 'bedrock-converse';

function within(fields: JsonObject, key: string): JsonObject | undefined {
  const inner = fields[key];
  return isObject(inner) ? inner : undefined;
}

export class ConverseStreamReader implements StreamReader {
  /** By block: which of the reply's tool calls it is. */
  readonly #calls = new Map<number, number>();
  /** Blocks of a kind only Converse has. */
  readonly #others = new Map<number, string>();
  readonly #formats = new Map<number, string>();

  read({ name, data, isException }: WireEvent): ReplyFrame | undefined {
    const json = parseObject(data);
    if (isException === true)
      return {
        events: [],
        failure: readException(name ?? '', json ?? {}),
        carry: { dialect, fields: { [name ?? '']: json ?? {} } },
      };
    if (json === undefined) throw new BadFraming('an event that is not a JSON object');
    if (name === undefined) return undefined;
    const events: ReplyEvent[] = [];
    this.#read(name, json, events);
    return { events, carry: { dialect, fields: { [name]: json } } };
  }

  #read(name: string, fields: JsonObject, events: ReplyEvent[]): void {
    const block = typeof fields.contentBlockIndex === 'number' ? fields.contentBlockIndex : 0;
    switch (name) {
      case 'messageStart':
      case 'contentBlockStop':
        return;
      case 'contentBlockStart':
        this.#start(within(fields, 'start') ?? {}, block, events);
        return;
      case 'contentBlockDelta':
        this.#delta(within(fields, 'delta') ?? {}, block, events);
        return;
      case 'messageStop': {
        const native = takeString(fields, 'stopReason');
        if (native !== undefined) events.push(readFinish(native, fields.additionalModelResponseFields));
        return;
      }
      case 'metadata': {
        const usage = readUsage(fields.usage);
        if (usage !== undefined) events.push({ type: 'usage', usage });
        return;
      }
      default:
        events.push({ type: 'other', choice: 0, what: name });
    }
  }

  #start(start: JsonObject, block: number, events: ReplyEvent[]): void {
    const call = within(start, 'toolUse');
    if (call !== undefined && !isServerTool(call)) {
      const index = this.#callAt(block);
      const id = takeString(call, 'toolUseId');
      const name = takeString(call, 'name');
      events.push({
        type: 'tool-call-delta',
        choice: 0,
        block,
        index,
        ...(id !== undefined && { id }),
        ...(name !== undefined && { name }),
      });
    } else if (isObject(start.image)) this.#formats.set(block, stringOf(start.image.format) ?? '');
    else {
      const what = Object.keys(start)[0] ?? 'a block of no kind';
      this.#others.set(block, what);
      events.push({ type: 'other', choice: 0, block, what });
    }
  }

  #callAt(block: number): number {
    const index = this.#calls.get(block) ?? this.#calls.size;
    this.#calls.set(block, index);
    return index;
  }

  #delta(delta: JsonObject, block: number, events: ReplyEvent[]): void {
    const at = { choice: 0, block };
    const other = this.#others.get(block);
    if (other !== undefined) return;
    const text = takeString(delta, 'text');
    if (text !== undefined) {
      events.push({ type: 'text-delta', ...at, text });
      return;
    }
    const call = within(delta, 'toolUse');
    const input = call && takeString(call, 'input');
    if (input !== undefined) {
      events.push({ type: 'tool-call-delta', ...at, index: this.#callAt(block), arguments: input });
      return;
    }
    const reasoning = within(delta, 'reasoningContent');
    if (reasoning !== undefined) this.#reasoning(reasoning, at, events);
    else if (isObject(delta.citation))
      events.push({ type: 'citation', ...at, citation: readCitation(delta.citation) });
    else if (isObject(delta.image) && isObject(delta.image.source)) {
      const format = this.#formats.get(block) ?? 'png';
      const mediaType = mediaTypeOf('image', format) ?? `image/${format}`;
      const bytes = stringOf(delta.image.source.bytes);
      if (bytes !== undefined) events.push({ type: 'media', kind: 'image', ...at, mediaType, data: bytes });
    } else events.push({ type: 'other', ...at, what: Object.keys(delta)[0] ?? 'an empty delta' });
  }

  #reasoning(fields: JsonObject, at: { choice: number; block: number }, events: ReplyEvent[]): void {
    const text = takeString(fields, 'text');
    if (text !== undefined) events.push({ type: 'reasoning-delta', ...at, text });
    const signature = takeString(fields, 'signature');
    if (signature !== undefined) events.push({ type: 'reasoning-signature', ...at, signature });
    if (typeof fields.redactedContent === 'string')
      events.push({
        type: 'reasoning-redacted',
        ...at,
        data: take(fields, 'redactedContent') as string,
      });
  }
}
