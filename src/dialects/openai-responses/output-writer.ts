/** Makes output items out of content blocks of another dialect, one event at a time; a whole reply is what they add up to. */
import type { BlockStep, ContentEvent, OpenBlock } from '../../core/block-tracker.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Citation, TokenLogprob, ToolCallDelta } from '../../core/reply.ts';

export type Emit = (type: string, fields: JsonObject) => void;

/** A message item, open until content of another kind begins: its texts and refusals are its parts. */
interface OpenMessage {
  readonly at: number;
  readonly id: string;
  readonly content: JsonObject[];
}

/** An item that is one block. */
interface OpenItem {
  readonly at: number;
  readonly item: JsonObject;
  text: string;
}

function writeToken({ token, logprob, bytes }: TokenLogprob): JsonObject {
  return { token, logprob, bytes: bytes ?? [...Buffer.from(token, 'utf8')] };
}

export class OutputWriter {
  readonly output: JsonObject[] = [];
  readonly #emit: Emit;
  readonly #losses: Losses;
  readonly #base: string;
  #message: OpenMessage | undefined;
  #part: JsonObject | undefined;
  #item: OpenItem | undefined;
  /** Log probabilities that wait for their text, and those of the open part that were sent. */
  readonly #waiting: JsonObject[] = [];
  readonly #sent: JsonObject[] = [];
  /** What goes into the open thought when it is complete: signatures may come in pieces. */
  #encrypted = '';
  /** Of items as they are finished. */
  status: 'completed' | 'incomplete' = 'completed';

  constructor(base: string, losses: Losses, emit: Emit) {
    this.#base = base;
    this.#losses = losses;
    this.#emit = emit;
  }

  /** Go with the next piece of text. */
  logprobs(tokens: readonly TokenLogprob[]): void {
    for (const token of tokens)
      this.#waiting.push({ ...writeToken(token), top_logprobs: (token.top ?? []).map(writeToken) });
  }

  step(step: BlockStep): void {
    if (step.type === 'open') this.#open(step.block);
    else if (step.type === 'delta') this.#delta(step.block, step.event);
    else this.#close(step.block);
  }

  /** Finishes the message that may still take parts. */
  finish(): void {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined) return;
    this.#done(message.at, this.#messageItem(message, this.status));
  }

  #id(prefix: string, at: number): string {
    return `${prefix}_${this.#base}_${at}`;
  }

  #messageItem({ id, content }: OpenMessage, status: string): JsonObject {
    return { id, type: 'message', status, role: 'assistant', content };
  }

  #added(item: JsonObject): number {
    const at = this.output.length;
    this.output.push(item);
    this.#emit('response.output_item.added', { output_index: at, item });
    return at;
  }

  #done(at: number, item: JsonObject): void {
    this.output[at] = item;
    this.#emit('response.output_item.done', { output_index: at, item });
  }

  #open({ kind, call }: OpenBlock): void {
    if (kind === 'text' || kind === 'refusal') {
      this.#openPart(kind);
      return;
    }
    this.finish();
    const at = this.output.length;
    if (kind === 'tool-call' && call !== undefined) this.#openCall(call);
    else if (kind === 'reasoning' || kind === 'redacted') {
      const item: JsonObject = { id: this.#id('rs', at), type: 'reasoning', summary: [] };
      this.#item = { at: this.#added({ ...item, status: 'in_progress' }), item, text: '' };
    }
  }

  #openPart(kind: 'text' | 'refusal'): void {
    if (this.#message === undefined) {
      const message = { at: this.output.length, id: this.#id('msg', this.output.length), content: [] };
      this.#message = message;
      this.#added(this.#messageItem(message, 'in_progress'));
    }
    const part: JsonObject =
      kind === 'text'
        ? { type: 'output_text', text: '', annotations: [], logprobs: [] }
        : { type: 'refusal', refusal: '' };
    this.#part = part;
    this.#message.content.push(part);
    this.#emit('response.content_part.added', { ...this.#place(), part });
  }

  #place(): JsonObject {
    const { id = '', at = 0, content = [] } = this.#message ?? {};
    return { item_id: id, output_index: at, content_index: content.length - 1 };
  }

  #openCall(call: ToolCallDelta): void {
    const at = this.output.length;
    const custom = call.kind === 'custom';
    const id = call.id === undefined || call.id === '' ? this.#id('call', at) : call.id;
    const item: JsonObject = {
      id: this.#id(custom ? 'ctc' : 'fc', this.output.length),
      type: custom ? 'custom_tool_call' : 'function_call',
      status: 'in_progress',
      [custom ? 'input' : 'arguments']: '',
      call_id: id,
      name: call.name ?? '',
    };
    this.#item = { at: this.#added(item), item, text: '' };
  }

  #delta(block: OpenBlock, event: ContentEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#text(event.text);
        return;
      case 'refusal-delta':
        if (this.#part !== undefined) this.#part.refusal = `${this.#part.refusal}${event.text}`;
        this.#emit('response.refusal.delta', { ...this.#place(), delta: event.text });
        return;
      case 'citation':
        this.#citation(event.citation);
        return;
      case 'reasoning-delta':
        this.#thought(event.text);
        return;
      case 'reasoning-signature':
        this.#encrypted += event.signature;
        return;
      case 'reasoning-redacted':
        this.#encrypted += event.data;
        return;
      case 'tool-call-delta':
        this.#call(block, event);
        return;
      case 'media':
        if (event.kind === 'image') this.#image(event.mediaType, event.data);
        else this.#losses.add(`${event.kind} in the reply`);
    }
  }

  #text(text: string): void {
    if (this.#part !== undefined) this.#part.text = `${this.#part.text}${text}`;
    const logprobs = this.#waiting.splice(0);
    this.#sent.push(...logprobs);
    this.#emit('response.output_text.delta', { ...this.#place(), delta: text, logprobs });
  }

  #citation({ url, title, start, end, citedText }: Citation): void {
    if (citedText !== undefined) this.#losses.add('cited text');
    const annotations = this.#part?.annotations;
    if (url === undefined || !Array.isArray(annotations)) {
      this.#losses.add('citations without an address');
      return;
    }
    const length = String(this.#part?.text ?? '').length;
    const annotation = {
      type: 'url_citation',
      url,
      title: title ?? url,
      start_index: start ?? 0,
      end_index: end ?? length,
    };
    annotations.push(annotation);
    this.#emit('response.output_text.annotation.added', {
      ...this.#place(),
      annotation_index: annotations.length - 1,
      annotation,
    });
  }

  #thought(text: string): void {
    const open = this.#item;
    if (open === undefined || text === '') return;
    const place = { item_id: open.item.id, output_index: open.at, summary_index: 0 };
    if (open.text === '')
      this.#emit('response.reasoning_summary_part.added', {
        ...place,
        part: { type: 'summary_text', text: '' },
      });
    open.text += text;
    this.#emit('response.reasoning_summary_text.delta', { ...place, delta: text });
  }

  #call({ call: first }: OpenBlock, event: ToolCallDelta): void {
    const open = this.#item;
    if (open === undefined) return;
    // Some servers say the name again with every piece of the arguments.
    const isMore = event !== first && event.name !== undefined && event.name !== open.item.name;
    if (isMore) open.item.name = `${open.item.name}${event.name}`;
    if (event.arguments === undefined || event.arguments === '') return;
    open.text += event.arguments;
    this.#emit(
      open.item.type === 'custom_tool_call'
        ? 'response.custom_tool_call_input.delta'
        : 'response.function_call_arguments.delta',
      { item_id: open.item.id, output_index: open.at, delta: event.arguments },
    );
  }

  #image(mediaType: string, result: string): void {
    const id = this.#id('ig', this.output.length);
    const item: JsonObject = { id, type: 'image_generation_call', status: 'in_progress', result: null };
    const at = this.#added(item);
    const format = mediaType.slice(mediaType.indexOf('/') + 1);
    this.#done(at, { ...item, status: 'completed', result, output_format: format });
  }

  #close({ kind }: OpenBlock): void {
    const open = this.#item;
    this.#item = undefined;
    if (kind === 'text' || kind === 'refusal') this.#closePart(kind);
    else if (open !== undefined && kind === 'tool-call') this.#closeCall(open);
    else if (open !== undefined) this.#closeThought(open);
  }

  #closePart(kind: 'text' | 'refusal'): void {
    const part = this.#part;
    this.#part = undefined;
    if (part === undefined) return;
    if (kind === 'refusal') this.#emit('response.refusal.done', { ...this.#place(), refusal: part.refusal });
    else {
      part.logprobs = this.#sent.splice(0);
      this.#emit('response.output_text.done', {
        ...this.#place(),
        text: part.text,
        logprobs: part.logprobs,
      });
    }
    this.#emit('response.content_part.done', { ...this.#place(), part });
  }

  #closeCall({ at, item, text }: OpenItem): void {
    const place = { item_id: item.id, output_index: at };
    if (item.type === 'custom_tool_call')
      this.#emit('response.custom_tool_call_input.done', { ...place, input: text });
    else {
      const said = text === '' ? '{}' : text;
      if (text === '') this.#emit('response.function_call_arguments.delta', { ...place, delta: said });
      this.#emit('response.function_call_arguments.done', { ...place, name: item.name, arguments: said });
      item.arguments = said;
    }
    if (item.type === 'custom_tool_call') item.input = text;
    this.#done(at, { ...item, status: this.status });
  }

  #closeThought({ at, item, text }: OpenItem): void {
    const place = { item_id: item.id, output_index: at, summary_index: 0 };
    const part = { type: 'summary_text', text };
    if (text !== '') {
      this.#emit('response.reasoning_summary_text.done', { ...place, text });
      this.#emit('response.reasoning_summary_part.done', { ...place, part });
      item.summary = [part];
    }
    if (this.#encrypted !== '') item.encrypted_content = this.#encrypted;
    this.#encrypted = '';
    this.#done(at, item);
  }
}
