/**
 * What a model answers, free of any dialect's spelling: a stream of events in frames. A frame is what one upstream
 * chunk said; a whole reply is a stream of a single frame, so there is one path for both.
 */
import type { Carry } from './carry.ts';
import type { Usage } from './usage.ts';

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other';

export type ReplyEvent =
  | { readonly type: 'text-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly choice: number; readonly text: string }
  | ToolCallDelta
  | {
      readonly type: 'choice-finish';
      readonly choice: number;
      readonly reason: FinishReason;
      /** The upstream's own word, for a writer of the same dialect. */
      readonly native?: string;
    }
  | { readonly type: 'usage'; readonly usage: Usage };

export interface ToolCallDelta {
  readonly type: 'tool-call-delta';
  readonly choice: number;
  /** Which of the choice's calls this continues, counted from 0. */
  readonly index: number;
  /** On the first delta of a call. */
  readonly id?: string;
  readonly name?: string;
  /** A further piece of the arguments' JSON text. */
  readonly arguments?: string;
}

export interface ReplyFrame {
  readonly id?: string;
  readonly model?: string;
  /** Unix time, seconds. */
  readonly createdAtS?: number;
  readonly events: readonly ReplyEvent[];
  readonly carry: Carry;
}

/** The last usage the frame reports, if any. */
export function usageOf(frame: ReplyFrame): Usage | undefined {
  let usage: Usage | undefined;
  for (const event of frame.events) if (event.type === 'usage') usage = event.usage;
  return usage;
}

export function finishOf(frame: ReplyFrame): FinishReason | undefined {
  for (const event of frame.events) if (event.type === 'choice-finish') return event.reason;
  return undefined;
}

export interface FoldedChoice {
  text: string;
  reasoning: string;
  refusal: string;
  readonly toolCalls: { id: string; name: string; arguments: string }[];
  finish?: FinishReason;
}

/** What a whole stream amounts to. */
export interface FoldedReply {
  readonly choices: readonly FoldedChoice[];
  readonly usage?: Usage;
}

function foldToolCall(choice: FoldedChoice, event: ToolCallDelta): void {
  const call = choice.toolCalls[event.index] ?? { id: '', name: '', arguments: '' };
  choice.toolCalls[event.index] = call;
  if (event.id !== undefined) call.id = event.id;
  if (event.name !== undefined) call.name += event.name;
  if (event.arguments !== undefined) call.arguments += event.arguments;
}

/** Folds a stream into one reply; a whole reply is the same fold over its single frame. */
export function foldReply(frames: Iterable<ReplyFrame>): FoldedReply {
  const choices: FoldedChoice[] = [];
  let usage: Usage | undefined;
  for (const frame of frames)
    for (const event of frame.events) {
      if (event.type === 'usage') {
        usage = event.usage;
        continue;
      }
      const choice = choices[event.choice] ?? { text: '', reasoning: '', refusal: '', toolCalls: [] };
      choices[event.choice] = choice;
      if (event.type === 'text-delta') choice.text += event.text;
      else if (event.type === 'reasoning-delta') choice.reasoning += event.text;
      else if (event.type === 'refusal-delta') choice.refusal += event.text;
      else if (event.type === 'tool-call-delta') foldToolCall(choice, event);
      else choice.finish = event.reason;
    }
  return { choices, ...(usage !== undefined && { usage }) };
}
