/**
 * The responses of one connection, so that a later request can go on from one by its id at a provider that keeps none: what
 * was said before is put in front of what is new. Bounded in bytes; what is forgotten is left to the provider to know.
 */
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';

interface Turn {
  readonly previous: Turn | undefined;
  /** What the chain began from, where that is nothing of this connection: the provider may know it. */
  readonly root: string | undefined;
  readonly input: readonly JsonValue[];
  readonly output: readonly JsonValue[];
  readonly bytes: number;
}

/** A request on its way: as it is to be sent, and what to keep of it once it is answered. */
export interface Asking {
  readonly body: JsonObject;
  readonly previous: Turn | undefined;
  readonly root: string | undefined;
  readonly input: readonly JsonValue[];
  /** The provider was told to keep nothing. */
  readonly isUnstored: boolean;
}

function itemsOf(input: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(input)) return input;
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : [];
}

function isReadable(item: JsonValue): boolean {
  return !isObject(item) || item.type !== 'reasoning' || typeof item.encrypted_content === 'string';
}

export class ResponseHistory {
  readonly #maxBytes: number;
  /** The newest last. */
  readonly #turns = new Map<string, Turn>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The request with all that went before it, where that is known here. */
  expand(body: JsonObject): Asking {
    const id = stringOf(body.previous_response_id);
    const previous = id === undefined ? undefined : this.#turns.get(id);
    const input = itemsOf(body.input);
    const isUnstored = body.store === false;
    if (previous === undefined) return { body, previous, root: id, input, isUnstored };
    const { previous_response_id: _, ...rest } = body;
    const { root } = previous;
    const before: JsonValue[][] = [];
    for (let turn: Turn | undefined = previous; turn !== undefined; turn = turn.previous)
      before.push([...turn.input, ...turn.output]);
    const whole: JsonObject = { ...rest, input: [...before.reverse().flat(), ...input] };
    if (root !== undefined) whole.previous_response_id = root;
    return { body: whole, previous, root, input, isUnstored };
  }

  /** `bytes`: what the request and its answer came to. */
  remember(id: string, asked: Asking, output: readonly JsonValue[], bytes: number): void {
    // Reasoning that is neither kept there nor sealed for here means nothing to anyone.
    const kept = asked.isUnstored ? output.filter(isReadable) : output;
    const { previous, root, input } = asked;
    const turn = { previous, root, input, output: kept, bytes };
    this.#forget(id);
    this.#turns.set(id, turn);
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#shrink(turn);
  }

  /** Other branches go first. A chain that alone is too long could not be sent either. */
  #shrink(newest: Turn): void {
    const chain = new Set<Turn>();
    for (let turn: Turn | undefined = newest; turn !== undefined; turn = turn.previous) chain.add(turn);
    for (const [id, turn] of this.#turns) {
      if (this.#bytes <= this.#maxBytes) return;
      if (!chain.has(turn)) this.#forget(id);
    }
    if (this.#bytes <= this.#maxBytes) return;
    this.#turns.clear();
    this.#bytes = 0;
  }

  #forget(id: string): void {
    const turn = this.#turns.get(id);
    if (turn === undefined) return;
    this.#turns.delete(id);
    this.#bytes -= turn.bytes;
  }
}
