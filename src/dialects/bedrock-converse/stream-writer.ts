/** Writes one Converse stream: its own events as they came, those of other APIs as blocks that open and close in order. */
import { type BlockStep, BlockTracker, type ContentEvent, type OpenBlock } from '../../core/block-tracker.ts';
import { carriedFields } from '../../core/carry.ts';
import type { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ChoiceFinish, ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';
import type { StreamWriter } from '../dialect.ts';
import { writeCitation } from './citation.ts';
import { exceptionOf } from './error.ts';
import { FrameWriter } from './event-stream.ts';
import { formatOf } from './media-format.ts';
import { callId, inputOf, reportUnsaid } from './reply-writer.ts';
import { writeFinish } from './stop-reason.ts';
import { writeUsage } from './usage.ts';

const dialect = 'bedrock-converse';

function filled(fields: JsonObject, key: string, values: JsonObject): JsonObject {
  const inner = fields[key];
  return { ...fields, [key]: { ...(isObject(inner) ? inner : {}), ...values } };
}

/** An event of the writer's own dialect, with what was taken back in its seat. */
function restored(payload: JsonObject, events: readonly ReplyEvent[]): JsonObject {
  let written = payload;
  const inDelta = (key: string, values: JsonObject) =>
    filled(written, 'delta', filled(isObject(written.delta) ? written.delta : {}, key, values));
  for (const event of events)
    switch (event.type) {
      case 'text-delta':
        written = filled(written, 'delta', { text: event.text });
        break;
      case 'tool-call-delta':
        if (isObject(written.start))
          written = filled(
            written,
            'start',
            filled(written.start, 'toolUse', { toolUseId: event.id, name: event.name }),
          );
        else written = inDelta('toolUse', { input: event.arguments });
        break;
      case 'reasoning-delta':
        written = inDelta('reasoningContent', { text: event.text });
        break;
      case 'reasoning-signature':
        written = inDelta('reasoningContent', { signature: event.signature });
        break;
      case 'reasoning-redacted':
        written = inDelta('reasoningContent', { redactedContent: event.data });
        break;
      case 'choice-finish':
        written = { ...written, stopReason: event.native };
        break;
      default:
        break;
    }
  return written;
}

function isContent(event: ReplyEvent): event is ContentEvent {
  return (
    event.type !== 'usage' &&
    event.type !== 'choice-finish' &&
    event.type !== 'other' &&
    event.type !== 'logprobs'
  );
}

/** The delta an event is; undefined for one that says nothing, or nothing Converse has a word for. */
function deltaOf(event: ContentEvent, losses: Losses): JsonObject | undefined {
  switch (event.type) {
    case 'text-delta':
    case 'refusal-delta':
      return { text: event.text };
    case 'reasoning-delta':
      return { reasoningContent: { text: event.text } };
    case 'reasoning-signature':
      return { reasoningContent: { signature: event.signature } };
    case 'reasoning-redacted':
      return { reasoningContent: { redactedContent: event.data } };
    case 'citation':
      return { citation: writeCitation(event.citation) };
    case 'tool-call-delta':
      return event.arguments === undefined || event.arguments === ''
        ? undefined
        : { toolUse: { input: event.arguments } };
    case 'media':
      if (event.kind === 'image') return { image: { source: { bytes: event.data } } };
      losses.add('audio');
      return undefined;
  }
}

/** An empty piece of text would open a block for nothing. */
function isEmpty(event: ContentEvent): boolean {
  return (
    (event.type === 'text-delta' || event.type === 'refusal-delta' || event.type === 'reasoning-delta') &&
    event.text === ''
  );
}

class ConverseStreamWriter implements StreamWriter {
  readonly #losses: Losses;
  readonly #frames = new FrameWriter();
  readonly #tracker = new BlockTracker();
  readonly #startedAtMs = performance.now();
  #began = false;
  #isOwn = false;
  #finish: ChoiceFinish | undefined;
  #usage: Usage | undefined;
  /** The open custom tool's text: it is an argument only when whole. */
  #customText: string | undefined;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  write(frame: ReplyFrame): Uint8Array {
    if (frame.carry.dialect === dialect) return this.#restore(frame);
    const out: Uint8Array[] = [];
    this.#begin(out);
    for (const event of frame.events) this.#write(event, out);
    return Buffer.concat(out);
  }

  end(): Uint8Array {
    if (this.#isOwn) return new Uint8Array(0);
    const out: Uint8Array[] = [];
    this.#begin(out);
    this.#steps(this.#tracker.finish(), out);
    out.push(this.#frames.event('messageStop', writeFinish(this.#finish)));
    const latencyMs = Math.round(performance.now() - this.#startedAtMs);
    out.push(this.#frames.event('metadata', { usage: writeUsage(this.#usage), metrics: { latencyMs } }));
    return Buffer.concat(out);
  }

  fail(error: GatewayError): Uint8Array {
    const { name, payload } = exceptionOf(error);
    return this.#frames.exception(name, payload);
  }

  #restore({ carry, events }: ReplyFrame): Uint8Array {
    this.#isOwn = true;
    const [entry] = Object.entries(carriedFields(carry, dialect));
    if (entry === undefined) return new Uint8Array(0);
    const [name, payload] = entry;
    return this.#frames.event(name, restored(isObject(payload) ? payload : {}, events));
  }

  #begin(out: Uint8Array[]): void {
    if (!this.#began) out.push(this.#frames.event('messageStart', { role: 'assistant' }));
    this.#began = true;
  }

  #write(event: ReplyEvent, out: Uint8Array[]): void {
    reportUnsaid(event, this.#losses);
    if (event.type === 'usage') this.#usage = event.usage;
    else if (event.choice > 0) return;
    else if (event.type === 'choice-finish') this.#finish = event;
    else if (isContent(event) && !isEmpty(event)) this.#steps(this.#tracker.push(event), out);
  }

  #steps(steps: readonly BlockStep[], out: Uint8Array[]): void {
    for (const step of steps) {
      const contentBlockIndex = step.block.index;
      if (step.type === 'open') this.#open(step.block, step.block.index, steps, out);
      else if (step.type === 'delta') this.#delta(step.event, contentBlockIndex, out);
      else {
        this.#closeCustom(contentBlockIndex, out);
        out.push(this.#frames.event('contentBlockStop', { contentBlockIndex }));
      }
    }
  }

  /** Text and reasoning begin with their first delta; tools and images say first what they are. */
  #open(
    { call, kind }: OpenBlock,
    contentBlockIndex: number,
    steps: readonly BlockStep[],
    out: Uint8Array[],
  ): void {
    let start: JsonObject | undefined;
    if (call !== undefined) {
      start = { toolUse: { toolUseId: callId(call.id, call.index), name: call.name ?? '' } };
      if (call.kind === 'custom') this.#customText = '';
    } else if (kind === 'media') {
      const made = steps.find((step) => step.type === 'delta' && step.block.index === contentBlockIndex);
      const event = made?.type === 'delta' && made.event.type === 'media' ? made.event : undefined;
      if (event?.kind === 'image') start = { image: { format: formatOf('image', event.mediaType) ?? 'png' } };
    }
    if (start !== undefined) out.push(this.#frames.event('contentBlockStart', { start, contentBlockIndex }));
  }

  #delta(event: ContentEvent, contentBlockIndex: number, out: Uint8Array[]): void {
    if (event.type === 'tool-call-delta' && this.#customText !== undefined) {
      this.#customText += event.arguments ?? '';
      return;
    }
    const delta = deltaOf(event, this.#losses);
    if (delta !== undefined) out.push(this.#frames.event('contentBlockDelta', { delta, contentBlockIndex }));
  }

  #closeCustom(contentBlockIndex: number, out: Uint8Array[]): void {
    if (this.#customText === undefined) return;
    const input = JSON.stringify(inputOf({ kind: 'custom', arguments: this.#customText }));
    this.#customText = undefined;
    out.push(this.#frames.event('contentBlockDelta', { delta: { toolUse: { input } }, contentBlockIndex }));
  }
}

export function createStreamWriter(losses: Losses): StreamWriter {
  return new ConverseStreamWriter(losses);
}
