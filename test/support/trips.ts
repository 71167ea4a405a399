/** What tests do with dialects: read and write again in the same one (a trip), or in another one (a crossing). */

import type { Call } from '../../src/core/call.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import type { ReplyFrame } from '../../src/core/reply.ts';
import type { CallHead, Dialect, RequestLine, WireEvent } from '../../src/dialects/dialect.ts';
import { crossCall, ReplyCrossing, withoutSeals } from '../../src/pipeline/crossing.ts';

/** Undefined keys are seats left empty: JSON has no such thing. */
export function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** What goes over the wire, as text. */
export function wireText(wire: string | Uint8Array): string {
  return typeof wire === 'string' ? wire : Buffer.from(wire).toString('utf8');
}

/** The frame of one event whose data is this JSON, read by a reader of its own. */
export function readChunk({ speak }: Dialect, json: JsonObject): ReplyFrame {
  const frame = speak.createStreamReader().read({ data: JSON.stringify(json) });
  if (typeof frame !== 'object') throw new Error(`the event was read as ${frame}`);
  return frame;
}

/** All frames of a stream, read by one reader. */
export function readStream({ speak }: Dialect, events: readonly WireEvent[]): ReplyFrame[] {
  const reader = speak.createStreamReader();
  return events.map((event) => reader.read(event)).filter((frame) => typeof frame === 'object');
}

export interface Crossed<T> {
  readonly written: T;
  /** What was reported as lost. */
  readonly losses: readonly string[];
}

/** A request of one dialect as the target of another would get it; the same dialect twice is a trip. */
export function crossRequest(
  from: Dialect,
  to: Dialect,
  json: JsonObject,
  line?: RequestLine,
): Crossed<JsonObject> {
  const losses = new Losses();
  const read = from.listen.readRequest(json, line);
  const call = from === to ? withoutSeals(read, from, losses) : crossCall(read, from, to, losses);
  const written = to.speak.writeRequest(call, { model: call.model, askForUsage: false }, losses);
  return { written: asJson(written), losses: losses.list() };
}

/** What the reply answers: only its tools matter. */
type Question = Pick<Call, 'tools'>;

function crossingTo(client: Dialect, upstream: Dialect, asked: Question): ReplyCrossing | undefined {
  return client === upstream ? undefined : new ReplyCrossing(client, upstream, asked);
}

/** A whole reply of one dialect as the client of another would get it. */
export function crossReply(
  from: Dialect,
  to: Dialect,
  json: JsonObject,
  more: { readonly head?: CallHead; readonly headers?: Headers } & Question = {},
): Crossed<JsonObject> {
  const losses = new Losses();
  const read = from.speak.readReply(json, more.headers);
  const frame = crossingTo(to, from, more)?.whole(read, losses) ?? read;
  return { written: asJson(to.listen.writeReply(frame, losses, more.head)), losses: losses.list() };
}

/** A stream of one dialect as the client of another would get it. */
export function crossStream(
  from: Dialect,
  to: Dialect,
  events: readonly WireEvent[],
  head: Partial<CallHead> = {},
  asked: Question = {},
): Crossed<string> {
  const losses = new Losses();
  const writer = to.listen.createStreamWriter(
    { model: 'm', stream: true, wantsUsage: true, ...head },
    losses,
  );
  const crossing = crossingTo(to, from, asked);
  const frames = readStream(from, events).map((frame) => crossing?.frame(frame) ?? frame);
  const last = crossing?.lastFrame();
  const pieces = [...frames, ...(last === undefined ? [] : [last])].map((frame) =>
    wireText(writer.write(frame)),
  );
  return { written: [...pieces, wireText(writer.end())].join(''), losses: losses.list() };
}
