/** What a whole stream of reply frames amounts to; a whole reply is the same fold over its single frame. */
import type {
  ChoiceEvent,
  ChoiceFinish,
  Citation,
  ReplyFrame,
  TokenLogprob,
  ToolCallDelta,
} from './reply.ts';
import type { Usage } from './usage.ts';

/** A stretch of a reply's content, in the order the model made it. */
export type FoldedBlock =
  | { readonly type: 'text'; text: string; readonly citations: Citation[] }
  | { readonly type: 'reasoning'; text: string; signature?: string; redacted?: string }
  | { readonly type: 'refusal'; text: string }
  | FoldedToolCall
  | {
      readonly type: 'media';
      readonly kind: 'image' | 'audio';
      readonly mediaType: string;
      data: string;
    };

export interface FoldedToolCall {
  readonly type: 'tool-call';
  readonly index: number;
  id: string;
  name: string;
  arguments: string;
  kind: 'function' | 'custom';
  signature?: string;
}

export interface FoldedChoice {
  readonly blocks: FoldedBlock[];
  readonly logprobs: TokenLogprob[];
  finish?: ChoiceFinish;
}

export interface FoldedReply {
  readonly id?: string;
  readonly model?: string;
  readonly createdAtS?: number;
  /** By choice index; a choice nobody spoke of is empty. */
  readonly choices: readonly FoldedChoice[];
  readonly usage?: Usage;
}

/** All of one kind of text in a choice, joined. */
export function textIn(choice: FoldedChoice | undefined, type: 'text' | 'reasoning' | 'refusal'): string {
  return (choice?.blocks ?? []).map((block) => (block.type === type ? block.text : '')).join('');
}

export function toolCallsIn(choice: FoldedChoice | undefined): FoldedToolCall[] {
  return (choice?.blocks ?? []).filter((block) => block.type === 'tool-call');
}

class ChoiceFold {
  readonly choice: FoldedChoice = { blocks: [], logprobs: [] };
  #current: FoldedBlock | undefined;
  /** The dialect's own number of the current block. */
  #number: number | undefined;

  add(event: ChoiceEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#text(event.block).text += event.text;
        return;
      case 'citation':
        this.#text(event.block).citations.push(event.citation);
        return;
      case 'refusal-delta':
        this.#enter('refusal', event.block, () => ({ type: 'refusal', text: '' })).text += event.text;
        return;
      case 'reasoning-delta':
        this.#reasoning(event.block).text += event.text;
        return;
      case 'reasoning-signature': {
        const block = this.#reasoning(event.block);
        block.signature = (block.signature ?? '') + event.signature;
        return;
      }
      case 'reasoning-redacted':
        this.#open({ type: 'reasoning', text: '', redacted: event.data }, undefined);
        return;
      case 'tool-call-delta':
        this.#toolCall(event);
        return;
      case 'media':
        this.#open(
          { type: 'media', kind: event.kind, mediaType: event.mediaType, data: event.data },
          undefined,
        );
        return;
      case 'logprobs':
        this.choice.logprobs.push(...event.tokens);
        return;
      case 'choice-finish':
        this.choice.finish = event;
        return;
      case 'other':
        this.#current = undefined;
    }
  }

  #open<T extends FoldedBlock>(block: T, number: number | undefined): T {
    this.choice.blocks.push(block);
    this.#current = block.type === 'reasoning' && block.redacted !== undefined ? undefined : block;
    this.#number = number;
    return block;
  }

  #enter<T extends FoldedBlock['type']>(
    type: T,
    number: number | undefined,
    create: () => Extract<FoldedBlock, { type: T }>,
  ): Extract<FoldedBlock, { type: T }> {
    if (this.#current?.type === type && this.#number === number)
      return this.#current as Extract<FoldedBlock, { type: T }>;
    return this.#open(create(), number);
  }

  #text(number: number | undefined) {
    return this.#enter('text', number, () => ({ type: 'text', text: '', citations: [] }));
  }

  #reasoning(number: number | undefined) {
    return this.#enter('reasoning', number, () => ({ type: 'reasoning', text: '' }));
  }

  #toolCall(event: ToolCallDelta): void {
    const known = toolCallsIn(this.choice).find((call) => call.index === event.index);
    const call: FoldedToolCall =
      known ??
      this.#open(
        { type: 'tool-call', index: event.index, id: '', name: '', arguments: '', kind: 'function' },
        event.block,
      );
    if (event.id !== undefined) call.id = event.id;
    // Some servers say the name again with every piece of the arguments.
    if (event.name !== undefined && event.name !== call.name) call.name += event.name;
    if (event.arguments !== undefined) call.arguments += event.arguments;
    if (event.kind !== undefined) call.kind = event.kind;
    if (event.signature !== undefined) call.signature = event.signature;
  }
}

/** No API makes so many choices: an index beyond is a fault of the upstream, and must not fill the memory. */
const maxChoice = 1023;

export function foldReply(frames: Iterable<ReplyFrame>): FoldedReply {
  const folds: ChoiceFold[] = [];
  let usage: Usage | undefined;
  let head: Pick<FoldedReply, 'id' | 'model' | 'createdAtS'> = {};
  for (const { id, model, createdAtS, events } of frames) {
    head = {
      ...head,
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      ...(createdAtS !== undefined && { createdAtS }),
    };
    for (const event of events)
      if (event.type === 'usage') usage = event.usage;
      else if (event.choice >= 0 && event.choice <= maxChoice) {
        while (folds.length <= event.choice) folds.push(new ChoiceFold());
        folds[event.choice]?.add(event);
      }
  }
  return { ...head, choices: folds.map(({ choice }) => choice), ...(usage !== undefined && { usage }) };
}
