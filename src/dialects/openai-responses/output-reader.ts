/**
 * Reads output items into events, whether they come piece by piece or at once: what was told before is not told again. So a
 * server that sends arguments only in `.done`, or everything only in the last response, is understood as well.
 */
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { Citation, ReplyEvent, ReplyFrame, TokenLogprob } from '../../core/reply.ts';
import { callInputs } from './item-reader.ts';

/** What has been told of one output item. */
interface Told {
  /** By part: the length of its text so far, and its block. */
  readonly parts: Map<string, { length: number; readonly block: number }>;
  /** The tool call's number among the reply's calls. */
  call?: { readonly index: number; readonly block: number; length: number };
  reasoningBlock?: number;
  citations: number;
  hasLogprobs: boolean;
  isWhole: boolean;
}

type TextKind = 'text-delta' | 'refusal-delta';

export function headOf(response: JsonObject): Pick<ReplyFrame, 'id' | 'model' | 'createdAtS'> {
  const id = stringOf(response.id);
  const model = stringOf(response.model);
  const createdAtS = countOf(response.created_at);
  return {
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    ...(createdAtS !== undefined && { createdAtS }),
  };
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function readCitation(annotation: JsonObject): Citation {
  const url = stringOf(annotation.url);
  const title = stringOf(annotation.title) ?? stringOf(annotation.filename);
  const start = countOf(annotation.start_index);
  const end = countOf(annotation.end_index);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  };
}

function readLogprob(raw: JsonObject): TokenLogprob {
  return {
    token: stringOf(raw.token) ?? '',
    logprob: countOf(raw.logprob) ?? 0,
    ...(raw.bytes !== undefined && { bytes: raw.bytes }),
    ...(Array.isArray(raw.top_logprobs) && { top: listOf(raw.top_logprobs).map(readLogprob) }),
  };
}

export class ItemProgress {
  readonly #told = new Map<number, Told>();
  #blocks = 0;
  #calls = 0;

  /** Nothing has been told of any item. */
  get isEmpty(): boolean {
    return this.#told.size === 0;
  }

  #item(at: number): Told {
    const known = this.#told.get(at);
    if (known !== undefined) return known;
    const told: Told = { parts: new Map(), citations: 0, hasLogprobs: false, isWhole: false };
    this.#told.set(at, told);
    return told;
  }

  #part(told: Told, key: string) {
    const known = told.parts.get(key);
    if (known !== undefined) return known;
    const part = { length: 0, block: this.#blocks++ };
    told.parts.set(key, part);
    return part;
  }

  /** A further piece of a message's part. */
  text(at: number, content: number, type: TextKind, text: string): ReplyEvent[] {
    const part = this.#part(this.#item(at), `${content}`);
    part.length += text.length;
    return [{ type, choice: 0, block: part.block, text }];
  }

  /** The whole text of a message's part: what of it has not been told yet. */
  restOfText(at: number, content: number, type: TextKind, whole: string): ReplyEvent[] {
    const told = this.#item(at).parts.get(`${content}`)?.length ?? 0;
    return whole.length > told ? this.text(at, content, type, whole.slice(told)) : [];
  }

  logprobs(at: number, content: number, raw: JsonValue | undefined): ReplyEvent[] {
    const tokens = listOf(raw).map(readLogprob);
    if (tokens.length === 0) return [];
    const told = this.#item(at);
    told.hasLogprobs = true;
    return [{ type: 'logprobs', choice: 0, block: this.#part(told, `${content}`).block, tokens }];
  }

  citation(at: number, content: number, annotation: JsonObject): ReplyEvent[] {
    const told = this.#item(at);
    told.citations++;
    const block = this.#part(told, `${content}`).block;
    return [{ type: 'citation', choice: 0, block, citation: readCitation(annotation) }];
  }

  /** A further piece of a thought. `part` names the text within its item: texts are paragraphs of one thought. */
  reasoning(at: number, part: string, text: string): ReplyEvent[] {
    const told = this.#item(at);
    told.reasoningBlock ??= this.#blocks++;
    const base = { type: 'reasoning-delta', choice: 0, block: told.reasoningBlock } as const;
    const isNew = !told.parts.has(part);
    const separator: ReplyEvent[] = isNew && told.parts.size > 0 ? [{ ...base, text: '\n\n' }] : [];
    const known = told.parts.get(part) ?? { length: 0, block: told.reasoningBlock };
    known.length += text.length;
    told.parts.set(part, known);
    return [...separator, { ...base, text }];
  }

  restOfReasoning(at: number, part: string, whole: string): ReplyEvent[] {
    const told = this.#item(at).parts.get(part)?.length ?? 0;
    return whole.length > told ? this.reasoning(at, part, whole.slice(told)) : [];
  }

  /** A further piece of what a call passes; nothing for an item that is no call. */
  arguments(at: number, text: string): ReplyEvent[] {
    const { call } = this.#item(at);
    if (call === undefined) return [];
    call.length += text.length;
    return [{ type: 'tool-call-delta', choice: 0, block: call.block, index: call.index, arguments: text }];
  }

  restOfArguments(at: number, whole: string): ReplyEvent[] {
    const told = this.#item(at).call?.length ?? 0;
    return whole.length > told ? this.arguments(at, whole.slice(told)) : [];
  }

  /** An item as it begins. */
  begin(at: number, item: JsonObject): ReplyEvent[] {
    const type = stringOf(item.type) ?? '';
    // Some servers give every item the same place.
    if (this.#told.get(at)?.isWhole === true) this.#told.delete(at);
    return this.#begun(at, item, type);
  }

  #begun(at: number, item: JsonObject, type: string): ReplyEvent[] {
    const inputKey = Object.hasOwn(callInputs, type) ? callInputs[type] : undefined;
    const told = this.#item(at);
    if (inputKey === undefined || told.call !== undefined) return [];
    const begun = stringOf(item[inputKey]) ?? '';
    const call = { index: this.#calls++, block: this.#blocks++, length: begun.length };
    told.call = call;
    return [
      {
        type: 'tool-call-delta',
        choice: 0,
        block: call.block,
        index: call.index,
        id: stringOf(item.call_id) ?? stringOf(item.id) ?? '',
        name: stringOf(item.name) ?? '',
        ...(type === 'custom_tool_call' && { kind: 'custom' as const }),
        arguments: begun,
      },
    ];
  }

  /** A finished item: everything of it that has not been told yet. */
  rest(at: number, item: JsonObject): ReplyEvent[] {
    const told = this.#item(at);
    if (told.isWhole) return [];
    told.isWhole = true;
    const type = stringOf(item.type) ?? '';
    if (type === 'message') return this.#restOfMessage(at, item);
    if (type === 'reasoning') return this.#restOfThought(at, item);
    const inputKey = Object.hasOwn(callInputs, type) ? callInputs[type] : undefined;
    if (inputKey !== undefined)
      return [...this.#begun(at, item, type), ...this.restOfArguments(at, stringOf(item[inputKey]) ?? '')];
    return type === 'image_generation_call' && typeof item.result === 'string'
      ? [this.#image(item, item.result)]
      : [{ type: 'other', choice: 0, what: type }];
  }

  #image(item: JsonObject, data: string): ReplyEvent {
    const mediaType = `image/${stringOf(item.output_format) ?? 'png'}`;
    return { type: 'media', choice: 0, kind: 'image', mediaType, data };
  }

  #restOfMessage(at: number, item: JsonObject): ReplyEvent[] {
    const told = this.#item(at);
    let citations = told.citations;
    const events: ReplyEvent[] = [];
    for (const [index, part] of listOf(item.content).entries()) {
      if (part.type === 'refusal')
        events.push(...this.restOfText(at, index, 'refusal-delta', stringOf(part.refusal) ?? ''));
      if (part.type !== 'output_text') continue;
      events.push(...this.restOfText(at, index, 'text-delta', stringOf(part.text) ?? ''));
      if (!told.hasLogprobs) events.push(...this.logprobs(at, index, part.logprobs));
      for (const annotation of listOf(part.annotations))
        if (citations > 0) citations--;
        else events.push(...this.citation(at, index, annotation));
    }
    return events;
  }

  #restOfThought(at: number, item: JsonObject): ReplyEvent[] {
    const events: ReplyEvent[] = [];
    for (const [index, part] of listOf(item.content).entries())
      events.push(...this.restOfReasoning(at, `content ${index}`, stringOf(part.text) ?? ''));
    for (const [index, part] of listOf(item.summary).entries())
      events.push(...this.restOfReasoning(at, `summary ${index}`, stringOf(part.text) ?? ''));
    const encrypted = stringOf(item.encrypted_content);
    if (encrypted === undefined) return events;
    const id = stringOf(item.id);
    const its = { choice: 0, ...(id !== undefined && { id }) };
    const block = this.#item(at).reasoningBlock;
    return [
      ...events,
      block === undefined
        ? { type: 'reasoning-redacted', ...its, block: this.#blocks++, data: encrypted }
        : { type: 'reasoning-signature', ...its, block, signature: encrypted },
    ];
  }
}
