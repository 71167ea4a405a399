/**
 * Opens the proofs in a call for the target it goes to (`signature-seal.ts`): those of the target's origin as they were, all
 * others left out and named as a loss. Signatures that travelled as a thought's go back to their calls.
 */
import type { Call, Message, Role } from './call.ts';
import type { Losses } from './losses.ts';
import type { Part, ReasoningPart, ToolCallPart } from './part.ts';
import { isSealed, openSeal, type Proof } from './signature-seal.ts';
import { mergeTurns } from './turns.ts';

function reasoningLoss(isOwn: boolean): string {
  return isOwn ? 'proof of reasoning whose text came back changed' : "proof of another model's reasoning";
}

const callLoss = "signature of another model's tool call";

export interface SealRules {
  /** Who opens what the target is given. */
  readonly target: string | undefined;
  /** Whose the proofs without a seal are: of reasoning, and of calls. */
  readonly unsealed: { readonly reasoning: string | undefined; readonly call: string | undefined };
  /** A thought whose proof is left out goes with it: the target would refuse it, or keep the proof in its carry. */
  readonly dropsThoughts: boolean;
}

function proofOf(part: ReasoningPart): string | undefined {
  return part.redacted ?? part.signature;
}

const assistantAlone: ReadonlySet<Role> = new Set(['assistant']);

function isSealedPart(part: Part): boolean {
  return part.type === 'reasoning' && isSealed(proofOf(part) ?? '');
}

function sealedCall(part: Part): Proof | undefined {
  if (part.type !== 'reasoning') return undefined;
  const proof = openSeal(proofOf(part) ?? '');
  return proof?.kind === 'call' ? proof : undefined;
}

/** A streamed thought may be kept in the pieces it came in, of which the last is signed: its signature proves them all. */
function takeUnsigned(parts: Part[]): string {
  let text = '';
  for (let last = parts.at(-1); last?.type === 'reasoning'; last = parts.at(-1)) {
    if (proofOf(last) !== undefined) break;
    text = last.text + text;
    parts.pop();
  }
  return text;
}

class Opening {
  readonly #rules: SealRules;
  readonly #losses: Losses;
  readonly #callIds: ReadonlySet<string>;
  /** Signatures of calls that stand anywhere, by the call's id. */
  readonly #byId = new Map<string, Proof>();
  /** The one that stood right before. */
  #next: Proof | undefined;

  constructor({ messages }: Call, rules: SealRules, losses: Losses) {
    this.#rules = rules;
    this.#losses = losses;
    const parts = messages.flatMap((message) => message.parts);
    this.#callIds = new Set(parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
    for (const proof of parts.map(sealedCall)) if (proof?.id !== undefined) this.#byId.set(proof.id, proof);
  }

  message(message: Message): Message[] {
    const parts: Part[] = [];
    for (const part of message.parts)
      if (part.type === 'reasoning') parts.push(...this.#reasoning(part, parts));
      else parts.push(part.type === 'tool-call' ? this.#call(part) : part);
    const isSame =
      parts.length === message.parts.length && parts.every((part, at) => part === message.parts[at]);
    if (isSame) return [message];
    return parts.length === 0 ? [] : [{ ...message, parts }];
  }

  /** `before`: the parts of the message so far, of which those that are of the same thought are taken. */
  #reasoning(part: ReasoningPart, before: Part[]): Part[] {
    const { signature: _, redacted: _also, id: _id, ...bare } = part;
    const given = proofOf(part);
    if (given === undefined || given === '') return [part];
    const proof = openSeal(given);
    if (proof?.kind === 'call') {
      this.#next = proof;
      return this.#withoutProof(bare);
    }
    const origin = isSealed(given) ? proof?.origin : this.#rules.unsealed.reasoning;
    if (origin === undefined || origin !== this.#rules.target) {
      this.#losses.add(reasoningLoss(false));
      return this.#withoutProof(bare);
    }
    if (proof === undefined) return [part];
    const { kind, data, id, textLength } = proof;
    const text = kind === 'signature' ? takeUnsigned(before) + part.text : part.text;
    if (textLength !== undefined && textLength !== text.length) {
      this.#losses.add(reasoningLoss(true));
      return this.#withoutProof({ ...bare, text });
    }
    return [{ ...bare, text, [kind]: data, ...(id !== undefined && { id }) }];
  }

  #withoutProof(part: ReasoningPart): Part[] {
    return part.text === '' || this.#rules.dropsThoughts ? [] : [part];
  }

  /** By what stood before it, unless that names another call; else by its id. */
  #travelled(id: string): Proof | undefined {
    const before = this.#next;
    this.#next = undefined;
    const isIts = before !== undefined && (before.id === id || !this.#callIds.has(before.id ?? ''));
    return isIts ? before : this.#byId.get(id);
  }

  #call(part: ToolCallPart): ToolCallPart {
    const travelled = this.#travelled(part.id);
    const { signature: given, ...bare } = part;
    const proof = given === undefined ? travelled : openSeal(given);
    const isRaw = given !== undefined && !isSealed(given);
    if (given === undefined && proof === undefined) return part;
    const origin = isRaw ? this.#rules.unsealed.call : proof?.origin;
    if (origin === undefined || origin !== this.#rules.target) {
      this.#losses.add(callLoss);
      return given === undefined ? part : bare;
    }
    return proof === undefined ? part : { ...bare, signature: proof.data };
  }
}

export function openSeals(call: Call, rules: SealRules, losses: Losses): Call {
  const opening = new Opening(call, rules, losses);
  // The pieces of a thought may even be messages of their own; what crosses is cut into turns anyway.
  const mayMerge = !rules.dropsThoughts && call.messages.some(({ parts }) => parts.some(isSealedPart));
  const messages = mayMerge ? mergeTurns(call.messages, assistantAlone) : call.messages;
  return { ...call, messages: messages.flatMap((message) => opening.message(message)) };
}
