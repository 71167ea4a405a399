/** A stream's bytes on their way from an upstream of one dialect to a client of another, as the pipeline takes them. */
import { type GatewayError, toGatewayError } from '../../src/core/errors.ts';
import { Losses } from '../../src/core/losses.ts';
import type { Dialect, WireEvent } from '../../src/dialects/dialect.ts';
import { ReplyCrossing } from '../../src/pipeline/crossing.ts';
import { StreamTranslation } from '../../src/pipeline/translate-stream.ts';
import { providerNamed } from '../routing/party.ts';

export interface CrossedStream {
  readonly wire: Uint8Array;
  readonly losses: readonly string[];
  /** Why the stream counts as failed; the client has been told. */
  readonly error?: GatewayError;
}

function bytesOf(wire: string | Uint8Array | undefined): Uint8Array {
  return typeof wire === 'string' ? Buffer.from(wire) : (wire ?? new Uint8Array(0));
}

export function crossBytes(from: Dialect, to: Dialect, pieces: Iterable<Uint8Array>): CrossedStream {
  const losses = new Losses();
  const writer = to.listen.createStreamWriter({ model: 'm', stream: true, wantsUsage: true }, losses);
  const crossing = new ReplyCrossing(to, from, {});
  const step = new StreamTranslation(from.speak, writer, providerNamed('p'), 1 << 24, crossing);
  const written: Uint8Array[] = [];
  let error: GatewayError | undefined;
  try {
    for (const piece of pieces) if (!step.isOver) written.push(bytesOf(step.push(piece)));
    const end = step.end();
    written.push(bytesOf(end.text));
    error = end.error;
  } catch (thrown) {
    error = toGatewayError(thrown);
  }
  if (error !== undefined) written.push(bytesOf(writer.fail(error)));
  return {
    wire: Buffer.concat(written),
    losses: losses.list(),
    ...(error !== undefined && { error }),
  };
}

export function eventsIn({ speak }: Dialect, wire: Uint8Array): WireEvent[] {
  const decoder = speak.createDecoder(1 << 24);
  return [...decoder.push(wire), ...decoder.end()];
}
