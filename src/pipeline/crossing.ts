/** What happens to a call, and to its reply on the way back, because client and upstream speak different dialects. */
import type { Call } from '../core/call.ts';
import { openSeals } from '../core/call-seals.ts';
import { CustomCalls } from '../core/custom-calls.ts';
import { type Losses, reportCarry, reportLeftovers } from '../core/losses.ts';
import type { ReplyFrame } from '../core/reply.ts';
import { ReplySeals } from '../core/reply-seals.ts';
import { originOf, sealMark, unsealedCallOriginOf } from '../core/signature-seal.ts';
import type { Dialect } from '../dialects/dialect.ts';

/** Throws `unsupported_value` for what only a provider of the client's API can do. */
export function crossCall(read: Call, client: Dialect, upstream: Dialect, losses: Losses): Call {
  client.listen.checkCrossing?.(read);
  const call = client.listen.forCrossing?.(read) ?? read;
  reportLeftovers(call, client.listen.formKeys, losses);
  const rules = {
    target: originOf(upstream.name),
    unsealed: { reasoning: originOf(client.name), call: unsealedCallOriginOf(client.name) },
    dropsThoughts: false,
  };
  return openSeals(call, rules, losses);
}

/**
 * Whether a body holds proofs that crossed to this client before, from a model it has left: the upstream would refuse them.
 * A search of the text, so that the bodies that hold none are not parsed for it.
 */
export function holdsSeals(text: string): boolean {
  return text.includes(sealMark);
}

/** A call that does not cross, without what crossed before. */
export function withoutSeals(call: Call, { name }: Dialect, losses: Losses): Call {
  const target = originOf(name);
  return openSeals(
    call,
    { target, unsealed: { reasoning: target, call: target }, dropsThoughts: true },
    losses,
  );
}

/** For one reply, whole or streamed. */
export class ReplyCrossing {
  readonly #client: Dialect;
  readonly #upstream: Dialect;
  /** Undefined where both sides open each other's proofs. */
  readonly #seals: ReplySeals | undefined;
  readonly #customCalls: CustomCalls;

  constructor(client: Dialect, upstream: Dialect, call: Pick<Call, 'tools'>) {
    this.#client = client;
    this.#upstream = upstream;
    const origin = originOf(upstream.name);
    const isHome = origin === undefined || origin === originOf(client.name);
    this.#seals = isHome ? undefined : new ReplySeals(origin, this.#client.signsCalls === true);
    this.#customCalls = new CustomCalls(call);
  }

  frame(frame: ReplyFrame): ReplyFrame {
    return this.#customCalls.restore(this.#seals?.frame(frame) ?? frame);
  }

  /** What has been held back when the stream is over, if anything. */
  lastFrame(): ReplyFrame | undefined {
    const events = this.#seals?.rest() ?? [];
    return events.length === 0 ? undefined : { events, carry: { dialect: this.#upstream.name, fields: {} } };
  }

  /** A reply that is one frame. */
  whole(frame: ReplyFrame, losses: Losses): ReplyFrame {
    reportCarry(frame.carry, 'reply', this.#upstream.listen.formKeys, losses);
    const crossed = this.frame(frame);
    const rest = this.lastFrame()?.events ?? [];
    return rest.length === 0 ? crossed : { ...crossed, events: [...crossed.events, ...rest] };
  }
}
