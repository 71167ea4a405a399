/**
 * AWS event-stream framing (`application/vnd.amazon.eventstream`): bytes to events and back. A frame is a prelude (total
 * length, length of the headers, CRC), headers, a payload and a CRC; the codec is Smithy's, cutting frames is done here.
 */
import type { EventStreamCodec, Message, MessageHeaders } from '@smithy/core/event-streams';
import { EventTooLarge } from '../../core/event-hold.ts';
import type { JsonObject } from '../../core/json.ts';
import { BadFraming, type EventDecoder, type WireEvent } from '../dialect.ts';

export const eventStreamType = 'application/vnd.amazon.eventstream';

/** Prelude, its CRC and the CRC of the whole. */
const shortestFrame = 16;

/** The codec takes some 20 ms to load, which a start must not pay: it is loaded by the first stream that needs it. */
function createCodec(): EventStreamCodec {
  const { EventStreamCodec } =
    require('@smithy/core/event-streams') as typeof import('@smithy/core/event-streams');
  return new EventStreamCodec(
    (bytes) => (typeof bytes === 'string' ? bytes : decodeText(bytes)),
    (text) => Buffer.from(text, 'utf8'),
  );
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** One whole frame. Throws `BadFraming` for a wrong checksum, length or header. */
export class FrameReader {
  readonly #codec = createCodec();

  message(frame: Uint8Array): Message {
    try {
      return this.#codec.decode(frame);
    } catch (thrown) {
      throw new BadFraming('a broken event-stream frame', { cause: thrown });
    }
  }

  event(frame: Uint8Array): WireEvent {
    const { headers, body } = this.message(frame);
    const kind = textOf(headers, ':message-type');
    try {
      const data = body.length === 0 ? '{}' : decodeText(body);
      if (kind === 'exception')
        return { name: textOf(headers, ':exception-type') ?? '', data, isException: true };
      if (kind === 'error') return unmodeled(headers);
      const name = textOf(headers, ':event-type');
      return name === undefined ? { data } : { name, data };
    } catch (thrown) {
      throw new BadFraming('an event that is not UTF-8', { cause: thrown });
    }
  }
}

function textOf(headers: MessageHeaders, name: string): string | undefined {
  const header = headers[name];
  return header?.type === 'string' ? header.value : undefined;
}

/** An error outside the service's model says all in its headers. */
function unmodeled(headers: MessageHeaders): WireEvent {
  const message = textOf(headers, ':error-message') ?? '';
  return {
    name: textOf(headers, ':error-code') ?? '',
    data: JSON.stringify({ message }),
    isException: true,
  };
}

/**
 * Cuts a byte stream into whole frames by the length each announces. Bytes are copied only where a frame spans chunks.
 * Throws `EventTooLarge` for a frame longer than allowed and `BadFraming` for a length no frame can have.
 */
export class FrameCutter {
  readonly #maxBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a frame that is not whole yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    let rest = chunk;
    if (this.#heldBytes > 0) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      const size = this.#announced();
      if (size === undefined || this.#heldBytes < size) return [];
      rest = Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    const frames: Uint8Array[] = [];
    while (rest.length > 0) {
      const size = rest.length < 4 ? undefined : this.#sizeAt(rest);
      if (size === undefined || rest.length < size) {
        this.#held = [rest];
        this.#heldBytes = rest.length;
        break;
      }
      frames.push(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    return frames;
  }

  /** What the held bytes announce, as soon as they are enough to say it. */
  #announced(): number | undefined {
    if (this.#heldBytes < 4) return undefined;
    const [first] = this.#held;
    if (first !== undefined && first.length < 4) this.#held = [Buffer.concat(this.#held)];
    return this.#sizeAt(this.#held[0] ?? new Uint8Array(4));
  }

  #sizeAt(bytes: Uint8Array): number {
    const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (size < shortestFrame) throw new BadFraming('an event-stream frame of an impossible length');
    if (size > this.#maxBytes) throw new EventTooLarge();
    return size;
  }
}

export class EventStreamDecoder implements EventDecoder {
  readonly #cutter: FrameCutter;
  readonly #reader = new FrameReader();

  constructor(maxEventBytes: number) {
    this.#cutter = new FrameCutter(maxEventBytes);
  }

  push(chunk: Uint8Array): WireEvent[] {
    return this.#cutter.push(chunk).map((frame) => this.#reader.event(frame));
  }

  end(): WireEvent[] {
    if (this.#cutter.heldBytes > 0) throw new BadFraming('an event-stream frame that was cut short');
    return [];
  }
}

/** Writes events and exceptions as frames, headers in the order the service itself sends them. */
export class FrameWriter {
  readonly #codec = createCodec();

  event(name: string, payload: JsonObject): Uint8Array {
    return this.#frame('event', ':event-type', name, payload);
  }

  exception(name: string, payload: JsonObject): Uint8Array {
    return this.#frame('exception', ':exception-type', name, payload);
  }

  #frame(kind: string, nameHeader: string, name: string, payload: JsonObject): Uint8Array {
    return this.#codec.encode({
      headers: {
        [nameHeader]: { type: 'string', value: name },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: kind },
      },
      body: Buffer.from(JSON.stringify(payload), 'utf8'),
    });
  }
}
