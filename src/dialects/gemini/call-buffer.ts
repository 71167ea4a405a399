/** Tool calls that come in pieces, kept until each is whole: Gemini's clients get a call in one part, with an object. */
import { parseObject } from '../../core/json.ts';
import type { ToolCallDelta } from '../../core/reply.ts';

export interface WholeCall {
  id: string;
  name: string;
  arguments: string;
  kind: 'function' | 'custom';
  signature?: string;
}

/** JSON text of an object is whole when it reads as one; nothing but white space could follow. */
function isWhole(call: WholeCall): boolean {
  return (
    call.kind === 'function' &&
    call.name !== '' &&
    call.arguments.trimEnd().endsWith('}') &&
    parseObject(call.arguments) !== undefined
  );
}

export class PendingCalls {
  /** By index, in the order they began; those given out stay, so that a late piece begins no new call. */
  readonly #calls = new Map<number, WholeCall>();
  readonly #given = new Set<number>();

  /** Adds a piece; what is whole now, and has no unfinished call before it, is given out. */
  push(delta: ToolCallDelta): WholeCall[] {
    const call = this.#calls.get(delta.index) ?? { id: '', name: '', arguments: '', kind: 'function' };
    this.#calls.set(delta.index, call);
    if (delta.id !== undefined) call.id = delta.id;
    // Some servers say the name again with every piece of the arguments.
    if (delta.name !== undefined && delta.name !== call.name) call.name += delta.name;
    if (delta.arguments !== undefined) call.arguments += delta.arguments;
    if (delta.kind !== undefined) call.kind = delta.kind;
    if (delta.signature !== undefined) call.signature = delta.signature;
    const whole: WholeCall[] = [];
    for (const [index, waiting] of this.#calls) {
      if (this.#given.has(index)) continue;
      if (!isWhole(waiting)) break;
      this.#given.add(index);
      whole.push(waiting);
    }
    return whole;
  }

  /** All that wait still, however unfinished: the reply is over. */
  rest(): WholeCall[] {
    const waiting = [...this.#calls].filter(([index]) => !this.#given.has(index));
    for (const [index] of waiting) this.#given.add(index);
    return waiting.map(([, call]) => call);
  }
}
