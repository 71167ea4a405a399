/** One choice of another dialect's stream, turned event by event into the deltas of a chat completion. */
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ChoiceFinish, Citation, ReplyEvent, ToolCallDelta } from '../../core/reply.ts';
import { putSignature } from '../openai/thought-signature.ts';
import {
  finishWord,
  joinBase64,
  newCallId,
  stopReason,
  writeCitation,
  writeImage,
  writeLogprobs,
  writeReasoningDetail,
} from './foreign-content.ts';

interface OpenCall {
  readonly position: number;
  readonly isCustom: boolean;
  name: string;
  hasArguments: boolean;
}

interface Reasoning {
  readonly block: number | undefined;
  text: string;
  signature?: string;
}

/** A call's delta inside a chunk's delta. */
function callIn(delta: JsonObject, position: number): JsonObject {
  const calls = (delta.tool_calls ?? []) as JsonObject[];
  const known = calls.find(({ index }) => index === position);
  if (known !== undefined) return known;
  const call: JsonObject = { index: position };
  delta.tool_calls = [...calls, call];
  return call;
}

function append(fields: JsonObject, key: string, text: string): void {
  if (text !== '') fields[key] = ((fields[key] as string | undefined) ?? '') + text;
}

function push(delta: JsonObject, key: string, value: JsonObject): void {
  delta[key] = [...((delta[key] as JsonObject[] | undefined) ?? []), value];
}

export class ForeignChoice {
  readonly #index: number;
  readonly #losses: Losses;
  readonly #calls = new Map<number, OpenCall>();
  #hasRole = false;
  /** Characters of text so far, and where the current block of text began. */
  #length = 0;
  #blockStart = 0;
  #textBlock: number | undefined;
  /** Of the current block of text, whose span is known at its end. */
  #citations: Citation[] = [];
  #reasoning: Reasoning | undefined;
  #details = 0;
  #images = 0;
  #finish: ChoiceFinish | undefined;

  constructor(index: number, losses: Losses) {
    this.#index = index;
    this.#losses = losses;
  }

  /** What a frame's events say, as one choice of a chunk; undefined when that is nothing yet. */
  write(events: readonly ReplyEvent[]): JsonObject | undefined {
    const delta: JsonObject = {};
    let logprobs: JsonObject | undefined;
    for (const event of events)
      if (event.type === 'choice-finish') this.#finish = event;
      else if (event.type === 'other') this.#losses.add(event.what);
      else if (event.type === 'logprobs') logprobs = writeLogprobs(event.tokens);
      else if (event.type !== 'usage') this.#add(event, delta);
    if (Object.keys(delta).length === 0 && logprobs === undefined) return undefined;
    return this.#choice(this.#withRole(delta), logprobs ?? null, null);
  }

  /** The chunk's choices that end it: what was held back, then the one that says why it ended. */
  end(): JsonObject[] {
    const rest: JsonObject = {};
    this.#closeText(rest);
    this.#closeReasoning(rest);
    // Clients parse the arguments, and an empty text is no JSON.
    for (const call of this.#calls.values())
      if (!call.hasArguments && !call.isCustom) callIn(rest, call.position).function = { arguments: '{}' };
    const written = Object.keys(rest).length === 0 && this.#hasRole ? [] : [this.#withRole(rest)];
    const word = finishWord(this.#finish, this.#calls.size > 0);
    return [
      ...written.map((delta) => this.#choice(delta, null, null)),
      { ...this.#choice({}, null, word), ...stopReason(this.#finish) },
    ];
  }

  #choice(delta: JsonObject, logprobs: JsonObject | null, finish: string | null): JsonObject {
    return { index: this.#index, delta, logprobs, finish_reason: finish };
  }

  #withRole(delta: JsonObject): JsonObject {
    if (this.#hasRole) return delta;
    this.#hasRole = true;
    const isSilent = Object.keys(delta).length > 0;
    return { role: 'assistant', content: isSilent ? null : '', ...delta };
  }

  #add(
    event: Exclude<ReplyEvent, { type: 'usage' | 'choice-finish' | 'other' | 'logprobs' }>,
    delta: JsonObject,
  ): void {
    if (event.type !== 'text-delta' && event.type !== 'citation') this.#closeText(delta);
    if (event.type !== 'reasoning-delta' && event.type !== 'reasoning-signature') this.#closeReasoning(delta);
    switch (event.type) {
      case 'text-delta':
      case 'citation':
        this.#addText(event, delta);
        return;
      case 'reasoning-delta':
      case 'reasoning-signature':
        this.#addReasoning(event, delta);
        return;
      case 'reasoning-redacted':
        push(
          delta,
          'reasoning_details',
          writeReasoningDetail({ text: '', redacted: event.data }, this.#details++),
        );
        return;
      case 'refusal-delta':
        append(delta, 'refusal', event.text);
        return;
      case 'tool-call-delta':
        this.#addCall(event, delta);
        return;
      case 'media':
        if (event.kind === 'image')
          push(delta, 'images', writeImage(event.mediaType, event.data, this.#images++));
        else this.#addAudio(event.data, delta);
    }
  }

  #addText(event: ReplyEvent & { type: 'text-delta' | 'citation' }, delta: JsonObject): void {
    if (event.block !== this.#textBlock) this.#closeText(delta);
    this.#textBlock = event.block;
    if (event.type === 'citation') this.#citations.push(event.citation);
    else {
      append(delta, 'content', event.text);
      this.#length += event.text.length;
    }
  }

  #closeText(delta: JsonObject): void {
    for (const citation of this.#citations.splice(0)) {
      const written = writeCitation(citation, [this.#blockStart, this.#length]);
      if (written === undefined) this.#losses.add('citation without an address');
      else push(delta, 'annotations', written);
    }
    this.#blockStart = this.#length;
    this.#textBlock = undefined;
  }

  #addReasoning(
    event: ReplyEvent & { type: 'reasoning-delta' | 'reasoning-signature' },
    delta: JsonObject,
  ): void {
    if (this.#reasoning !== undefined && this.#reasoning.block !== event.block) this.#closeReasoning(delta);
    this.#reasoning ??= { block: event.block, text: '' };
    const { signature = '' } = this.#reasoning;
    if (event.type === 'reasoning-signature') this.#reasoning.signature = signature + event.signature;
    else {
      append(delta, 'reasoning_content', event.text);
      this.#reasoning.text += event.text;
    }
  }

  /** A signature proves the whole of its text: both go out together, once the block is over. */
  #closeReasoning(delta: JsonObject): void {
    const reasoning = this.#reasoning;
    this.#reasoning = undefined;
    if (reasoning?.signature === undefined) return;
    push(delta, 'reasoning_details', writeReasoningDetail(reasoning, this.#details++));
  }

  #addAudio(data: string, delta: JsonObject): void {
    const before = (delta.audio as JsonObject | undefined)?.data;
    const joined = typeof before === 'string' ? joinBase64([before, data]) : data;
    delta.audio = { id: `audio_${this.#index}`, data: joined };
  }

  #addCall(event: ToolCallDelta, delta: JsonObject): void {
    const { id, arguments: piece = '', signature } = event;
    const known = this.#calls.get(event.index);
    // Some dialects say the whole name again.
    const name = event.name === known?.name ? '' : (event.name ?? '');
    if (known !== undefined && name + piece === '' && signature === undefined) return;
    const open = known ?? {
      position: this.#calls.size,
      isCustom: event.kind === 'custom',
      name: '',
      hasArguments: false,
    };
    const call = callIn(delta, open.position);
    const [key, words] = open.isCustom
      ? (['custom', 'input'] as const)
      : (['function', 'arguments'] as const);
    const body = (call[key] ?? {}) as JsonObject;
    if (known === undefined) {
      this.#calls.set(event.index, open);
      call.id = id || newCallId();
      call.type = key;
      body.name = name;
    } else append(body, 'name', name);
    open.name += name;
    // Some clients refuse a delta without them.
    body[words] ??= '';
    append(body, words, piece);
    if (piece !== '') open.hasArguments = true;
    call[key] = body;
    putSignature(call, signature);
  }
}
