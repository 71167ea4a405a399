/** Replies of another dialect, written as Gemini's: whole, or chunk by chunk. */
import { type FoldedBlock, type FoldedChoice, type FoldedReply, foldReply, textIn } from '../../core/fold.ts';
import { type JsonObject, parseObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import {
  byChoice,
  type ChoiceFinish,
  type Citation,
  type ReplyEvent,
  type ReplyFrame,
  usageOf,
} from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';
import { PendingCalls, type WholeCall } from './call-buffer.ts';
import { writeGrounding } from './citations.ts';
import { finishWords } from './finish.ts';
import { writeLogprobs } from './logprobs.ts';
import { writeUsage } from './usage.ts';

function callPart({ id, name, arguments: text, kind, signature }: WholeCall): JsonObject {
  const args = kind === 'custom' ? { input: text } : (parseObject(text) ?? {});
  return {
    functionCall: { ...(id !== '' && { id }), name, args },
    ...(signature !== undefined && { thoughtSignature: signature }),
  };
}

function blockParts(block: FoldedBlock): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [{ text: block.text }];
    case 'reasoning': {
      const { text, signature = block.redacted } = block;
      return [{ text, thought: true, ...(signature !== undefined && { thoughtSignature: signature }) }];
    }
    case 'tool-call':
      return [callPart(block)];
    case 'media':
      return [{ inlineData: { mimeType: block.mediaType, data: block.data } }];
  }
}

function finishOf(finish: ChoiceFinish | undefined): string {
  // A stream may end without saying why.
  return finishWords[finish?.reason ?? 'stop'];
}

/** A candidate always has a part: Google's own clients drop a turn that has none. */
function content(parts: readonly JsonObject[]): JsonObject {
  return { parts: parts.length > 0 ? [...parts] : [{ text: '' }], role: 'model' };
}

function envelope({ id, model }: Pick<ReplyFrame, 'id' | 'model'>, usage: Usage | undefined): JsonObject {
  return {
    ...(usage !== undefined && { usageMetadata: writeUsage(usage) }),
    ...(model !== undefined && { modelVersion: model }),
    ...(id !== undefined && { responseId: id }),
  };
}

function wholeCandidate(choice: FoldedChoice, index: number): JsonObject {
  const citations = choice.blocks.flatMap((block) => (block.type === 'text' ? block.citations : []));
  return {
    content: content(choice.blocks.flatMap((block) => blockParts(block))),
    finishReason: finishOf(choice.finish),
    index,
    ...(citations.length > 0 && { groundingMetadata: writeGrounding(citations, textIn(choice, 'text')) }),
    ...(choice.logprobs.length > 0 && { logprobsResult: writeLogprobs(choice.logprobs) }),
  };
}

/** What Gemini has no word for. A web source there has an address and a title, but no text of its own. */
function lossOf(event: ReplyEvent): string | undefined {
  switch (event.type) {
    case 'other':
      return event.what;
    case 'refusal-delta':
      // It is shown as text.
      return 'refusal';
    case 'tool-call-delta':
      return event.kind === 'custom' ? 'custom tool call' : undefined;
    case 'choice-finish':
      return event.stopSequence === undefined ? undefined : 'stop_sequence';
    case 'citation':
      return event.citation.url !== undefined && event.citation.citedText !== undefined
        ? 'citation.cited_text'
        : undefined;
    case 'usage':
      return event.usage.cacheWriteTokens ? 'usage.cache_write_tokens' : undefined;
    default:
      return undefined;
  }
}

function nameLost(events: readonly ReplyEvent[], losses: Losses): void {
  for (const event of events) {
    const loss = lossOf(event);
    if (loss !== undefined) losses.add(loss);
  }
}

export function writeWhole(frame: ReplyFrame, losses: Losses): JsonObject {
  nameLost(frame.events, losses);
  const reply: FoldedReply = foldReply([frame]);
  return {
    candidates: reply.choices.map((choice, index) => wholeCandidate(choice, index)),
    ...envelope(reply, reply.usage),
  };
}

/** What is known of one choice while its stream runs. */
class RunningChoice {
  readonly calls = new PendingCalls();
  finish: ChoiceFinish | undefined;
  text = '';

  /** What an event says at once, as parts; calls wait until they are whole. */
  parts(event: ReplyEvent): JsonObject[] {
    switch (event.type) {
      case 'text-delta':
        this.text += event.text;
        return event.text === '' ? [] : [{ text: event.text }];
      case 'refusal-delta':
        return event.text === '' ? [] : [{ text: event.text }];
      case 'reasoning-delta':
        return event.text === '' ? [] : [{ text: event.text, thought: true }];
      case 'reasoning-signature':
        return [{ text: '', thought: true, thoughtSignature: event.signature }];
      case 'reasoning-redacted':
        return [{ text: '', thought: true, thoughtSignature: event.data }];
      case 'media':
        return [{ inlineData: { mimeType: event.mediaType, data: event.data } }];
      case 'tool-call-delta':
        return this.calls.push(event).map(callPart);
      case 'choice-finish':
        this.finish = event;
        return this.calls.rest().map(callPart);
      default:
        return [];
    }
  }
}

/** One stream: every chunk a reply of its own, why it ended and what it used in the last. */
export class ForeignChunks {
  readonly #losses: Losses;
  readonly #choices = new Map<number, RunningChoice>();
  #head: Pick<ReplyFrame, 'id' | 'model'> = {};
  #usage: Usage | undefined;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** Undefined when the frame says nothing a client could see yet. */
  write(frame: ReplyFrame): JsonObject | undefined {
    const { id = this.#head.id, model = this.#head.model } = frame;
    this.#head = { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
    nameLost(frame.events, this.#losses);
    this.#usage = usageOf(frame) ?? this.#usage;
    const candidates = [...byChoice(frame)].flatMap(([index, events]) => this.#candidate(index, events));
    return candidates.length === 0 ? undefined : { candidates, ...envelope(this.#head, undefined) };
  }

  #candidate(index: number, events: readonly ReplyEvent[]): JsonObject[] {
    const choice = this.#choices.get(index) ?? new RunningChoice();
    this.#choices.set(index, choice);
    const parts = events.flatMap((event) => choice.parts(event));
    const citations = events.flatMap((event): Citation[] =>
      event.type === 'citation' ? [event.citation] : [],
    );
    const tokens = events.flatMap((event) => (event.type === 'logprobs' ? event.tokens : []));
    if (parts.length + citations.length + tokens.length === 0) return [];
    return [
      {
        content: content(parts),
        index,
        ...(citations.length > 0 && { groundingMetadata: writeGrounding(citations, choice.text) }),
        ...(tokens.length > 0 && { logprobsResult: writeLogprobs(tokens) }),
      },
    ];
  }

  /** The last chunk of a stream that succeeded. */
  last(): JsonObject {
    const choices: [number, RunningChoice][] =
      this.#choices.size === 0 ? [[0, new RunningChoice()]] : [...this.#choices];
    const candidates = choices.map(([index, choice]) => ({
      content: content(choice.calls.rest().map(callPart)),
      finishReason: finishOf(choice.finish),
      index,
    }));
    return { candidates, ...envelope(this.#head, this.#usage) };
  }
}
