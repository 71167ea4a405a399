/** Reads Gemini's replies: a whole one and each chunk of a stream have the same shape, so one reader does for both. */
import type { UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue, parseJson, stringOf } from '../../core/json.ts';
import type { ChoiceFinish, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { BadFraming, type StreamReader, type WireEvent } from '../dialect.ts';
import { readCitations } from './citations.ts';
import { readFailure } from './error.ts';
import { dialect, fieldOf, keyOf, takeField, takeText } from './fields.ts';
import { finishReason, finishWord, isBroken } from './finish.ts';
import { readLogprobs } from './logprobs.ts';
import { type CandidateState, choiceOf, newCandidate, readReplyPart } from './reply-parts.ts';
import { readUsage } from './usage.ts';

function brokenReply(native: string, message: JsonValue | undefined): UpstreamRefusal {
  return {
    shape: 'gemini',
    status: 502,
    message: stringOf(message) ?? `The model's reply could not be used: ${native}.`,
    type: native,
    code: null,
    param: null,
    rest: {},
  };
}

export class ReplyReader {
  readonly #candidates = new Map<number, CandidateState>();

  read(json: JsonObject): ReplyFrame {
    const fields: JsonObject = { ...json };
    const events: ReplyEvent[] = [];
    const id = takeText(fields, 'responseId');
    const model = takeText(fields, 'modelVersion');
    const { candidates } = fields;
    if (Array.isArray(candidates))
      fields.candidates = candidates.map((raw, at) => this.#readCandidate(raw, at, id, events));
    else this.#readBlocked(fields, events);
    const usage = readUsage(fieldOf(fields, 'usageMetadata'));
    if (usage !== undefined) events.push({ type: 'usage', usage });
    const created = Date.parse(stringOf(fieldOf(fields, 'createTime')) ?? '');
    return {
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      ...(Number.isFinite(created) && { createdAtS: Math.floor(created / 1000) }),
      events,
      carry: { dialect, fields },
    };
  }

  #readCandidate(raw: JsonValue, at: number, id: string | undefined, events: ReplyEvent[]): JsonValue {
    if (!isObject(raw)) return raw;
    const fields: JsonObject = { ...raw };
    const choice = choiceOf(fields, at);
    const state = this.#candidates.get(choice) ?? newCandidate(choice);
    this.#candidates.set(choice, state);
    const said: ReplyEvent[] = [];
    this.#readContent(fields, state, id, said);
    this.#addCitations(fields, state, said);
    const tokens = readLogprobs(fieldOf(fields, 'logprobsResult'));
    if (tokens.length > 0) said.push({ type: 'logprobs', choice, tokens });
    const finish = this.#takeFinish(fields, state);
    if (finish !== undefined) said.push(finish);
    events.push(...said);
    return fields;
  }

  #readContent(
    fields: JsonObject,
    state: CandidateState,
    id: string | undefined,
    events: ReplyEvent[],
  ): void {
    const { content } = fields;
    if (!isObject(content) || !Array.isArray(content.parts)) return;
    const parts = content.parts.map((part) => readReplyPart(part, state, id, events));
    fields.content = { ...content, parts };
  }

  /** Right behind the text they are about, before a signature would end its block. */
  #addCitations(fields: JsonObject, state: CandidateState, events: ReplyEvent[]): void {
    const citations = readCitations(fields, state.text);
    if (citations.length === 0) return;
    const lastText = events.findLast((event) => event.type === 'text-delta');
    const block = lastText?.block ?? (state.kind === 'text' ? state.block : undefined);
    const fresh = citations.flatMap((citation): ReplyEvent[] => {
      const key = JSON.stringify(citation);
      if (state.cited.has(key)) return [];
      state.cited.add(key);
      return [{ type: 'citation', choice: state.choice, ...(block !== undefined && { block }), citation }];
    });
    events.splice(lastText === undefined ? 0 : events.indexOf(lastText) + 1, 0, ...fresh);
  }

  #takeFinish(fields: JsonObject, state: CandidateState): ChoiceFinish | undefined {
    const key = keyOf(fields, 'finishReason');
    const native = finishWord(fields[key]);
    if (native === undefined) return undefined;
    if (typeof fields[key] === 'string') takeField(fields, 'finishReason');
    return {
      type: 'choice-finish',
      choice: state.choice,
      reason: finishReason(native, state.calls > 0),
      native,
      ...(isBroken(native) && { failure: brokenReply(native, fieldOf(fields, 'finishMessage')) }),
    };
  }

  /** A prompt that was refused gets no candidates, only the reason. */
  #readBlocked(fields: JsonObject, events: ReplyEvent[]): void {
    const feedback = fieldOf(fields, 'promptFeedback');
    const native = isObject(feedback) ? fieldOf(feedback, 'blockReason') : undefined;
    if (typeof native !== 'string') return;
    events.push({ type: 'choice-finish', choice: 0, reason: 'content-filter', native });
  }
}

/** The object an event says; errors come in an array of one too. */
function objectOf(data: string): JsonObject {
  const json = parseJson(data);
  const [only] = Array.isArray(json) && json.length === 1 ? json : [json];
  if (!isObject(only)) throw new BadFraming('an event that is not a JSON object');
  return only;
}

export function createStreamReader(): StreamReader {
  const reader = new ReplyReader();
  return {
    read({ data }: WireEvent) {
      if (data.trim() === '[DONE]') return 'over';
      const json = objectOf(data);
      const failure = readFailure(json);
      const frame = reader.read(json);
      return failure === undefined ? frame : { ...frame, failure };
    },
  };
}
