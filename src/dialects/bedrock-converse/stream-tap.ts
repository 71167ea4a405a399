/**
 * Pass-through of a Converse stream: whole frames go on untouched, and only those that end a message, report usage or fail
 * are read. A frame whose prelude is broken ends the stream: where the next one begins is then anybody's guess.
 */
import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../core/errors.ts';
import { EventTooLarge } from '../../core/event-hold.ts';
import { finishOf, usageOf } from '../../core/reply.ts';
import { incomplete, malformed, tooLarge } from '../../core/upstream-failure.ts';
import {
  BadFraming,
  type Observation,
  type StreamEnd,
  type StreamStep,
  type StreamTapOptions,
} from '../dialect.ts';
import { FrameCutter, FrameReader } from './event-stream.ts';
import { ConverseStreamReader } from './stream-reader.ts';

const preludeBytes = 8;
const headersAt = 12;
const checksumBytes = 4;
const endOfObject = 0x7d;
/** Names of events, and the kinds of frame that are failures, as they stand in a frame's headers. */
const telling: readonly Buffer[] = ['messageStop', 'metadata', 'exception', ':error-code'].map((word) =>
  Buffer.from(word, 'latin1'),
);

/** Throws `BadFraming` for a frame whose checksums are wrong. One whose payload is no object's text is told by its reader. */
function isTelling(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const payloadEnd = frame.length - checksumBytes;
  if (
    view.getUint32(preludeBytes) !== Bun.hash.crc32(frame.subarray(0, preludeBytes)) ||
    view.getUint32(payloadEnd) !== Bun.hash.crc32(frame.subarray(0, payloadEnd))
  )
    throw new BadFraming('a broken event-stream frame');
  const headersEnd = Math.min(headersAt + view.getUint32(4), payloadEnd);
  const payload = frame.subarray(headersEnd, payloadEnd);
  if (payload.length > 0 && (payload.at(-1) !== endOfObject || !isUtf8(payload))) return true;
  const headers = Buffer.from(frame.buffer, frame.byteOffset + headersAt, headersEnd - headersAt);
  return telling.some((word) => headers.includes(word));
}

class ConverseTap implements StreamStep {
  readonly #options: StreamTapOptions;
  readonly #cutter: FrameCutter;
  readonly #reader = new ConverseStreamReader();
  #frames: FrameReader | undefined;
  #observed: Observation = {};
  #failure: GatewayError | undefined;
  isOver = false;

  constructor(options: StreamTapOptions) {
    this.#options = options;
    this.#cutter = new FrameCutter(options.maxEventBytes);
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    const { provider, maxEventBytes } = this.#options;
    try {
      return this.#pass(chunk);
    } catch (thrown) {
      if (thrown instanceof EventTooLarge) throw tooLarge(provider, 'one event', maxEventBytes);
      if (thrown instanceof BadFraming) throw malformed(provider, thrown.message, thrown.cause);
      throw thrown;
    }
  }

  end(): StreamEnd {
    const text = '';
    if (this.#failure !== undefined) return { ...this.#observed, text, error: this.#failure };
    if (this.#observed.finish !== undefined) return { ...this.#observed, text };
    return { ...this.#observed, text, error: incomplete(this.#options.provider) };
  }

  observed(): Observation {
    return this.#observed;
  }

  #pass(chunk: Uint8Array): Uint8Array | undefined {
    if (this.isOver) return undefined;
    const wasWhole = this.#cutter.heldBytes === 0;
    const frames = this.#cutter.push(chunk);
    let passed = 0;
    for (const frame of frames) {
      if (isTelling(frame)) this.#read(frame);
      // The writer of the client's dialect says what failed, once.
      if (this.isOver) break;
      passed++;
    }
    if (passed === 0) return undefined;
    const isAll = wasWhole && passed === frames.length && this.#cutter.heldBytes === 0;
    if (isAll) return chunk;
    return passed === 1 ? frames[0] : Buffer.concat(frames.slice(0, passed));
  }

  #read(frame: Uint8Array): void {
    this.#frames ??= new FrameReader();
    const read = this.#reader.read(this.#frames.event(frame));
    if (read === undefined) return;
    const usage = usageOf(read);
    const finish = finishOf(read);
    this.#observed = { ...this.#observed, ...(usage && { usage }), ...(finish && { finish }) };
    if (read.failure === undefined) return;
    const refusal = this.#options.scrub(read.failure);
    this.#failure = new GatewayError('upstream_rejected', refusal.message, { refusal });
    this.isOver = true;
  }
}

export function createStreamTap(options: StreamTapOptions): StreamStep {
  return new ConverseTap(options);
}
