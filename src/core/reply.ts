/**
 * What a model answers, free of any dialect's spelling: a stream of events in frames. A frame is what one upstream
 * chunk said; a whole reply is a stream of a single frame, so there is one path for both.
 */
import type { Carry } from './carry.ts';
import type { Vector } from './embedding.ts';
import type { UpstreamRefusal } from './errors.ts';
import type { JsonValue } from './json.ts';
import type { Usage } from './usage.ts';

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other';

/** Where in a choice a delta belongs. */
interface Place {
  readonly choice: number;
  /** The ordinal of the content block, in dialects that number theirs; absent elsewhere. */
  readonly block?: number;
}

export type ReplyEvent =
  | (Place & { readonly type: 'text-delta'; readonly text: string })
  | (Place & { readonly type: 'reasoning-delta'; readonly text: string })
  /** Proves to its origin that the reasoning is its own; given back byte for byte. */
  | (Place & { readonly type: 'reasoning-signature'; readonly signature: string; readonly id?: string })
  /** Encrypted reasoning that stands in the place of text. `id`, here and above: the origin's own, to be given back with it. */
  | (Place & { readonly type: 'reasoning-redacted'; readonly data: string; readonly id?: string })
  | (Place & { readonly type: 'refusal-delta'; readonly text: string })
  | ToolCallDelta
  | (Place & { readonly type: 'citation'; readonly citation: Citation })
  | (Place & { readonly type: 'logprobs'; readonly tokens: readonly TokenLogprob[] })
  /** An image or a piece of audio the model made, in base64. */
  | (Place & {
      readonly type: 'media';
      readonly kind: 'image' | 'audio';
      readonly mediaType: string;
      readonly data: string;
    })
  /** Content only the reading dialect has; `what` names it in the warning another dialect's client gets. */
  | (Place & { readonly type: 'other'; readonly what: string })
  | ChoiceFinish
  | { readonly type: 'usage'; readonly usage: Usage };

export type ChoiceEvent = Exclude<ReplyEvent, { type: 'usage' }>;

export interface ChoiceFinish {
  readonly type: 'choice-finish';
  readonly choice: number;
  readonly reason: FinishReason;
  /** The upstream's own word, for a writer of the same dialect. */
  readonly native?: string;
  /** Which of the call's stop words ended the reply. */
  readonly stopSequence?: string;
  /** The model's reply is unusable (a malformed call, say): an error in any dialect but its own, never an empty success. */
  readonly failure?: UpstreamRefusal;
}

export interface ToolCallDelta extends Place {
  readonly type: 'tool-call-delta';
  /** Which of the choice's calls this continues, counted from 0. */
  readonly index: number;
  /** On the first delta of a call. */
  readonly id?: string;
  readonly name?: string;
  /** On the first delta; absent means `function`. */
  readonly kind?: 'function' | 'custom';
  /** A further piece of the arguments' JSON text, or of a custom tool's plain text. */
  readonly arguments?: string;
  /** Gemini's `thoughtSignature` of the call. */
  readonly signature?: string;
}

/** What a piece of text rests on. */
export interface Citation {
  readonly url?: string;
  readonly title?: string;
  readonly citedText?: string;
  /** Span of the reply's text it supports, in characters. */
  readonly start?: number;
  readonly end?: number;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: JsonValue;
  readonly top?: readonly TokenLogprob[];
}

export interface ReplyFrame {
  readonly id?: string;
  readonly model?: string;
  /** Unix time, seconds. */
  readonly createdAtS?: number;
  readonly events: readonly ReplyEvent[];
  /** What a call for embeddings asked for, in the order of its inputs. */
  readonly vectors?: readonly Vector[];
  /** The upstream gave up: the stream ends here, and nothing of it counts as success. */
  readonly failure?: UpstreamRefusal;
  /** The stream says no more, in dialects whose last event says more than that. */
  readonly isLast?: boolean;
  readonly carry: Carry;
}

/** What a frame says of each choice, in the order in which the choices are first spoken of. */
export function byChoice({ events }: ReplyFrame): ReadonlyMap<number, readonly ChoiceEvent[]> {
  const choices = new Map<number, ChoiceEvent[]>();
  for (const event of events) {
    if (event.type === 'usage') continue;
    const said = choices.get(event.choice);
    if (said === undefined) choices.set(event.choice, [event]);
    else said.push(event);
  }
  return choices;
}

/** The last usage the frame reports, if any. */
export function usageOf(frame: ReplyFrame): Usage | undefined {
  let usage: Usage | undefined;
  for (const event of frame.events) if (event.type === 'usage') usage = event.usage;
  return usage;
}

/** Why a reply that crosses to another dialect has failed, if it has. */
export function failureAbroad(frame: ReplyFrame): UpstreamRefusal | undefined {
  for (const event of frame.events)
    if (event.type === 'choice-finish' && event.failure !== undefined) return event.failure;
  return frame.failure;
}

export function finishOf(frame: ReplyFrame): FinishReason | undefined {
  for (const event of frame.events) if (event.type === 'choice-finish') return event.reason;
  return undefined;
}
