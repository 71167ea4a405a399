/** Writes a reply of another dialect as a Responses stream: a contiguous sequence of events from created to its last word. */
import { BlockTracker } from '../../core/block-tracker.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { FinishReason, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';
import { OutputWriter } from './output-writer.ts';
import { headOf, incompleteReason, type ResponseHead, writeResponse } from './response-object.ts';

/** The kinds of tokens a response tells apart. */
const toldKinds: ReadonlySet<string> = new Set<keyof Usage>([
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
]);

export class ReplyComposer {
  readonly #model: string;
  readonly #losses: Losses;
  readonly #send: (event: JsonObject) => void;
  readonly #blocks = new BlockTracker();
  #head: ResponseHead | undefined;
  #items: OutputWriter | undefined;
  #sequence = 0;
  #finish: FinishReason | undefined;
  #usage: Usage | undefined;

  /** `model`: for frames that name none. `send` gets each event while it is true: what it holds changes afterwards. */
  constructor(model: string, losses: Losses, send: (event: JsonObject) => void) {
    this.#model = model;
    this.#losses = losses;
    this.#send = send;
  }

  write(frame: ReplyFrame): void {
    const items = this.#begun(frame);
    // A token's probability is sent with its text, in whatever order the frame tells both.
    for (const event of frame.events)
      if (event.type === 'logprobs' && event.choice === 0) items.logprobs(event.tokens);
    for (const event of frame.events) this.#add(event, items);
  }

  /** Ends the reply well. Returns the finished response. */
  finish(): JsonObject {
    const items = this.#begun({ events: [], carry: { dialect: 'openai-responses', fields: {} } });
    for (const step of this.#blocks.finish()) items.step(step);
    items.finish();
    return this.#end();
  }

  /** Ends a reply that was begun; what was open stays as far as it came. */
  fail(error: GatewayError): JsonObject {
    return this.#end(error);
  }

  #end(error?: GatewayError): JsonObject {
    const state = { isOver: true, ...(error !== undefined && { error }) };
    const response = this.#response(state);
    this.#emit(`response.${response.status}`, { response });
    return response;
  }

  #emit(type: string, fields: JsonObject): void {
    this.#send({ type, ...fields, sequence_number: this.#sequence++ });
  }

  #response(state: { isOver: boolean; error?: GatewayError }): JsonObject {
    const head = this.#head ?? { id: 'resp_', model: this.#model, createdAtS: 0 };
    return writeResponse(head, this.#items?.output ?? [], {
      ...state,
      ...(this.#finish !== undefined && { finish: this.#finish }),
      ...(this.#usage !== undefined && { usage: this.#usage }),
    });
  }

  #begun(frame: ReplyFrame): OutputWriter {
    if (this.#items !== undefined) return this.#items;
    const { base, ...head } = headOf(frame, this.#model);
    this.#head = head;
    this.#items = new OutputWriter(base, this.#losses, (type, fields) => this.#emit(type, fields));
    const response = this.#response({ isOver: false });
    this.#emit('response.created', { response });
    this.#emit('response.in_progress', { response });
    return this.#items;
  }

  #note(usage: Usage): void {
    this.#usage = usage;
    for (const [kind, count] of Object.entries(usage))
      if (count > 0 && !toldKinds.has(kind)) this.#losses.add(`usage.${kind}`);
  }

  #add(event: ReplyEvent, items: OutputWriter): void {
    if (event.type === 'usage') this.#note(event.usage);
    else if (event.choice > 0) this.#losses.add('choices beyond the first');
    // A first chunk that names its speaker often says nothing.
    else if ('text' in event && event.text === '') return;
    else if (event.type === 'other') this.#losses.add(event.what);
    else if (event.type === 'choice-finish') {
      this.#finish = event.reason;
      if (event.stopSequence !== undefined) this.#losses.add('stop sequence that ended the reply');
      if (incompleteReason(event.reason) !== undefined) items.status = 'incomplete';
    } else if (event.type !== 'logprobs') for (const step of this.#blocks.push(event)) items.step(step);
  }
}
