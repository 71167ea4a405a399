/**
 * Seals the proofs in a reply that crosses to a client of another API (`signature-seal.ts`). Where the client's API has no
 * place for the signature of a tool call, it travels as the signature of the reasoning block right before the call, an empty
 * one where there is none; `call-seals.ts` gives it back to the call.
 */
import type { ChoiceEvent, ReplyEvent, ReplyFrame, ToolCallDelta } from './reply.ts';
import { type Proof, seal } from './signature-seal.ts';

type SignatureEvent = Extract<ReplyEvent, { type: 'reasoning-signature' }>;

interface ChoiceState {
  /** A signature may come in pieces: it is sealed when its block is over. */
  signature: SignatureEvent | undefined;
  /** The reasoning block that could still be signed. */
  unsigned: { readonly block: number | undefined } | undefined;
  /** Of the text of the last reasoning block. */
  textLength: number;
  /** Ids of the calls so far, by index. */
  readonly calls: Map<number, string | undefined>;
  /** The call that came last, while nothing but calls has come since. */
  running: { readonly isPlain: boolean; text: string } | undefined;
  /** Signatures that would have cut a call in two: told after all calls. */
  readonly late: string[];
}

/** Whether a call that is running may be followed by something other than its arguments. */
function isOver({ running }: ChoiceState): boolean {
  if (running === undefined || running.isPlain) return true;
  try {
    JSON.parse(running.text);
    return true;
  } catch {
    return false;
  }
}

export class ReplySeals {
  readonly #origin: string;
  readonly #signsCalls: boolean;
  readonly #choices = new Map<number, ChoiceState>();
  /** Blocks made here have numbers no dialect gives. */
  #made = 0;

  /** `signsCalls`: the client's API has a place for the signature of a call. */
  constructor(origin: string, signsCalls: boolean) {
    this.#origin = origin;
    this.#signsCalls = signsCalls;
  }

  frame(frame: ReplyFrame): ReplyFrame {
    const events: ReplyEvent[] = [];
    for (const event of frame.events) this.#take(event, events);
    return { ...frame, events };
  }

  /** What has been held back, when no more frames come. */
  rest(): ReplyEvent[] {
    const events: ReplyEvent[] = [];
    for (const [choice, state] of this.#choices) this.#end(choice, state, events);
    return events;
  }

  #state(choice: number): ChoiceState {
    const known = this.#choices.get(choice);
    if (known !== undefined) return known;
    const state: ChoiceState = {
      signature: undefined,
      unsigned: undefined,
      textLength: 0,
      calls: new Map(),
      running: undefined,
      late: [],
    };
    this.#choices.set(choice, state);
    return state;
  }

  /** Tells what can be told now: the event, sealed, and what waited for it. */
  #take(event: ReplyEvent, told: ReplyEvent[]): void {
    if (event.type === 'usage' || event.type === 'logprobs') {
      told.push(event);
      return;
    }
    const state = this.#state(event.choice);
    if (event.type === 'reasoning-signature') this.#sign(state, event, told);
    else if (event.type === 'choice-finish') {
      this.#end(event.choice, state, told);
      told.push(event);
    }
    // A piece of nothing ends nothing.
    else if ('text' in event && event.text === '') told.push(event);
    else this.#say(event, state, told);
  }

  #say(
    event: Exclude<ChoiceEvent, { type: 'logprobs' | 'reasoning-signature' | 'choice-finish' }>,
    state: ChoiceState,
    told: ReplyEvent[],
  ): void {
    this.#tellSignature(state, told);
    if (event.type === 'tool-call-delta') {
      told.push(...this.#call(state, event));
      return;
    }
    state.running = undefined;
    if (event.type === 'reasoning-delta') {
      const continues = state.unsigned !== undefined && state.unsigned.block === event.block;
      state.textLength = (continues ? state.textLength : 0) + event.text.length;
      state.unsigned = { block: event.block };
    } else state.unsigned = undefined;
    if (event.type !== 'reasoning-redacted') told.push(event);
    else told.push({ ...event, data: this.#seal({ kind: 'redacted', data: event.data }, event.id) });
  }

  #seal(proof: Omit<Proof, 'origin' | 'id'>, id: string | undefined): string {
    return seal({ origin: this.#origin, ...proof, ...(id !== undefined && { id }) });
  }

  #sign(state: ChoiceState, event: SignatureEvent, told: ReplyEvent[]): void {
    const { signature: begun } = state;
    const continues = begun !== undefined && begun.block === event.block;
    if (!continues) this.#tellSignature(state, told);
    // A block that is signed without a text has none.
    const { unsigned } = state;
    if (!continues && (unsigned === undefined || unsigned.block !== event.block)) state.textLength = 0;
    state.signature = continues ? { ...begun, signature: begun.signature + event.signature } : event;
    state.unsigned = undefined;
    state.running = undefined;
  }

  /** The signature of a block that is over. */
  #tellSignature(state: ChoiceState, told: ReplyEvent[]): void {
    const { signature: event } = state;
    state.signature = undefined;
    if (event === undefined || event.signature === '') return;
    const textLength = this.#origin === 'claude' ? { textLength: state.textLength } : {};
    const signature = this.#seal({ kind: 'signature', data: event.signature, ...textLength }, event.id);
    told.push({ ...event, signature });
  }

  #call(state: ChoiceState, event: ToolCallDelta): ReplyEvent[] {
    const { signature, ...bare } = event;
    const isFirst = !state.calls.has(event.index);
    const signed = signature === undefined ? [] : this.#signCall(state, event, signature, isFirst);
    if (isFirst) {
      state.calls.set(event.index, event.id);
      state.running = { isPlain: event.kind === 'custom', text: '' };
    }
    if (state.running !== undefined) state.running.text += event.arguments ?? '';
    state.unsigned = undefined;
    return signed.at(-1)?.type === 'tool-call-delta' ? signed : [...signed, bare];
  }

  #signCall(state: ChoiceState, event: ToolCallDelta, data: string, isFirst: boolean): ReplyEvent[] {
    const signature = this.#seal({ kind: 'call', data }, event.id ?? state.calls.get(event.index));
    if (this.#signsCalls) return [{ ...event, signature }];
    if (isFirst && isOver(state))
      return [this.#alone(event.choice, signature, state.unsigned ?? { block: this.#newBlock() })];
    state.late.push(signature);
    return [];
  }

  #alone(choice: number, signature: string, { block }: { readonly block: number | undefined }): ReplyEvent {
    return { type: 'reasoning-signature', choice, ...(block !== undefined && { block }), signature };
  }

  #newBlock(): number {
    this.#made++;
    return -this.#made;
  }

  #end(choice: number, state: ChoiceState, told: ReplyEvent[]): void {
    this.#tellSignature(state, told);
    for (const signature of state.late.splice(0))
      told.push(this.#alone(choice, signature, { block: this.#newBlock() }));
  }
}
