/**
 * Mutated recordings, cut anywhere, from every upstream's dialect to every client's: whatever comes in, the gateway's own
 * errors alone come out, and what the client gets is well-formed to the last byte.
 */
import { describe, expect, test } from 'bun:test';
import { type ConversationDialect, conversationDialects } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { FrameWriter } from '../../src/dialects/bedrock-converse/event-stream.ts';
import { BadFraming, type Dialect, type WireEvent } from '../../src/dialects/dialect.ts';
import { Generator } from '../core/generator.ts';
import { corpusIsPresent, corpusOf } from '../support/corpus.ts';
import { crossBytes, eventsIn } from '../support/stream-crossing.ts';
import { crossReply, crossRequest } from '../support/trips.ts';
import { dialectNamed, models } from './loss-table.ts';

const seed = Number(process.env.OPENGATEWAY_FUZZ_SEED ?? 20_260_301);
/** For each half of each dialect, and at most so many inputs. */
const budgetMs = 1000;
const rounds = 2000;
const leastRounds = 40;
/** No single crossing of a recording of at most 200 KB may take longer, even on a busy machine. */
const longestMs = 3000;
const timeoutMs = 60_000;

/** A copy with something changed in it: a value lost, repeated, or replaced by anything. */
function mutated(value: JsonValue, random: Generator, share: number): JsonValue {
  if (random.chance(share)) return random.json(2);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, random, share));
    if (items.length > 0 && random.chance(share)) items.splice(random.below(items.length), 1);
    if (items.length > 0 && random.chance(share)) items.push(random.pick(items));
    return items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(() => !random.chance(share));
  return Object.fromEntries(entries.map(([key, inner]) => [key, mutated(inner ?? null, random, share)]));
}

function mutatedObject(value: JsonObject, random: Generator): JsonObject {
  const changed = mutated(value, random, random.pick([0.003, 0.02, 0.1]));
  return isObject(changed) ? changed : {};
}

/** Only what the interface allows may be thrown, and soon. Returns whether nothing was. */
function survives(what: string, client: Dialect, work: () => void): boolean {
  const beganAtMs = performance.now();
  try {
    work();
    return true;
  } catch (thrown) {
    const isAllowed = thrown instanceof GatewayError || thrown instanceof BadFraming;
    if (!isAllowed) throw new Error(`${what} (seed ${seed})`, { cause: thrown });
    if (thrown instanceof GatewayError) {
      expect({ what, code: thrown.code }).not.toEqual({ what, code: 'internal_error' });
      expectErrorIn(client, thrown);
    }
    return false;
  } finally {
    const tookMs = performance.now() - beganAtMs;
    expect({ what, isSoon: tookMs < longestMs }).toEqual({ what, isSoon: true });
  }
}

/** Numbers of inputs until the time is over, and some at least. */
function* inputs(): Iterable<number> {
  const endMs = performance.now() + budgetMs;
  for (let at = 0; at < rounds && (at < leastRounds || performance.now() < endMs); at++) yield at;
}

function othersThan(name: ConversationDialect): ConversationDialect[] {
  return conversationDialects.filter((other) => other !== name);
}

/** The wire form of the dialect's events. */
function wireOf(name: ConversationDialect, events: readonly WireEvent[]): Uint8Array {
  if (name === 'bedrock-converse') {
    const writer = new FrameWriter();
    const frames = events.map(({ name: type = 'odd', data, isException }) => {
      const payload = JSON.parse(data) as JsonObject;
      return isException === true ? writer.exception(type, payload) : writer.event(type, payload);
    });
    return Buffer.concat(frames);
  }
  const text = events.map(({ name: type, data }) => {
    const named = type === undefined ? '' : `event: ${type}\n`;
    return `${named}data: ${data}\n\n`;
  });
  return Buffer.from(text.join(''));
}

function mutatedEvent(event: WireEvent, random: Generator): WireEvent {
  if (!event.data.startsWith('{')) return event;
  return { ...event, data: JSON.stringify(mutatedObject(JSON.parse(event.data) as JsonObject, random)) };
}

/** Events changed, lost, repeated or swapped, or bytes of the wire flipped or cut off. */
function mutatedStream(
  name: ConversationDialect,
  events: readonly WireEvent[],
  recorded: Uint8Array,
  random: Generator,
): Uint8Array {
  if (random.chance(0.3)) {
    const bytes = Uint8Array.from(recorded);
    for (let flips = random.below(4); flips > 0; flips--)
      bytes[random.below(bytes.length)] = random.below(256);
    return random.chance(0.5) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
  }
  const changed = events.flatMap((event) => {
    if (random.chance(0.03)) return [];
    const one = random.chance(0.2) ? mutatedEvent(event, random) : event;
    return random.chance(0.03) ? [one, one] : [one];
  });
  if (changed.length > 0 && random.chance(0.2))
    changed.push(...changed.splice(random.below(changed.length), 1));
  return wireOf(name, changed);
}

/** What the client of this dialect gets can be read by its own reader, to the end. Whether it is told of a failure. */
function tellsFailure({ speak }: Dialect, events: readonly WireEvent[]): boolean {
  const reader = speak.createStreamReader();
  let failure: unknown;
  for (const event of events) {
    if (event.data !== '[DONE]') JSON.parse(event.data);
    const frame = reader.read(event);
    if (typeof frame === 'object') failure ??= frame.failure;
  }
  return failure !== undefined;
}

/** An error has a message in the words of every API. */
function expectErrorIn({ listen }: Dialect, error: GatewayError): void {
  const written = listen.writeError(error);
  const inner = isObject(written.error) ? written.error : written;
  expect({ code: error.code, message: inner.message }).toEqual({
    code: error.code,
    message: expect.stringMatching(/./),
  });
}

describe.skipIf(!corpusIsPresent).each(conversationDialects.map((name) => [name] as const))(
  `mutated recordings of %s${corpusIsPresent ? '' : ' (skipped: the recordings are not here)'}`,
  (name) => {
    const dialect = dialectNamed(name);
    const others = othersThan(name);

    test(
      'requests',
      () => {
        const random = new Generator(seed);
        const { requests } = corpusOf(name);
        let written = 0;
        for (const at of inputs()) {
          const { id, body, line } = random.pick(requests);
          const other = random.pick(others);
          const json = mutatedObject(body, random);
          const isWritten = survives(`${id} → ${other}, ${at}`, dialect, () => {
            const asked = line && { ...line, model: models[other] };
            const there = crossRequest(dialect, dialectNamed(other), json, asked);
            expect(isObject(there.written)).toBe(true);
          });
          if (isWritten) written++;
        }
        process.stdout.write(`${name}: ${written} mutated requests written\n`);
        expect(written).toBeGreaterThan(20);
      },
      timeoutMs,
    );

    test(
      'whole replies',
      () => {
        const random = new Generator(seed + 1);
        const { replies } = corpusOf(name);
        let written = 0;
        for (const at of inputs()) {
          const { id, body } = random.pick(replies);
          const other = dialectNamed(random.pick(others));
          const json = mutatedObject(body, random);
          const isWritten = survives(`${id} → ${other.name}, ${at}`, other, () => {
            dialect.speak.readFailure(json);
            other.speak.readReply(crossReply(dialect, other, json).written);
          });
          if (isWritten) written++;
        }
        process.stdout.write(`${name}: ${written} mutated replies written\n`);
        expect(written).toBeGreaterThan(20);
      },
      timeoutMs,
    );

    test(
      'streams',
      () => {
        const random = new Generator(seed + 2);
        const { streams } = corpusOf(name);
        let written = 0;
        let failed = 0;
        for (const at of inputs()) {
          const { id, bytes } = random.pick(streams);
          const other = dialectNamed(random.pick(others));
          const changed = mutatedStream(name, eventsIn(dialect, bytes), bytes, random);
          survives(`${id} → ${other.name}, ${at}`, other, () => {
            const { wire, error } = crossBytes(dialect, other, random.cut(changed, 1 + random.below(12)));
            expect({ id, at, code: error?.code }).not.toMatchObject({ code: 'internal_error' });
            const isTold = tellsFailure(other, eventsIn(other, wire));
            expect({ id, at, isTold }).toEqual({ id, at, isTold: error !== undefined });
            if (error === undefined) written++;
            else failed++;
          });
        }
        process.stdout.write(`${name}: ${written} mutated streams written, ${failed} ended in an error\n`);
        expect(written + failed).toBeGreaterThan(20);
      },
      timeoutMs,
    );
  },
);
