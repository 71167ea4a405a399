/**
 * Recorded traffic of every dialect, taken to every other: requests are what the other API's published schema allows, and
 * come back saying the same where nothing was reported as lost; replies and streams say to the client what the upstream said.
 */
import { describe, expect, test } from 'bun:test';
import { type ConversationDialect, conversationDialects } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { failureAbroad } from '../../src/core/reply.ts';
import type { Dialect, RequestLine, WireEvent } from '../../src/dialects/dialect.ts';
import { type CorpusRequest, corpusIsPresent, corpusOf } from '../support/corpus.ts';
import { crossBytes, eventsIn } from '../support/stream-crossing.ts';
import { Tally } from '../support/traffic.ts';
import { crossReply, crossRequest, readStream } from '../support/trips.ts';
import { essenceOfCall, keeps } from './essence.ts';
import { judges, judgesArePresent } from './judges.ts';
import { dialectNamed, models, phrasebooks } from './loss-table.ts';
import { told, unlike } from './told.ts';

const isPresent = corpusIsPresent && judgesArePresent;
const pairs = conversationDialects.flatMap((from) =>
  conversationDialects.filter((to) => to !== from).map((to) => [from, to] as const),
);
/** A busy machine takes several times what an idle one does. */
const timeoutMs = 120_000;

/** Faults that are known: what the judge says, and why that is so. */
const knownFaults: readonly (readonly [RegExp, string])[] = [
  [/\/temperature must be/, 'the recorded temperature is beyond the range'],
  [/\/messages must NOT have fewer than 1 items/, 'the recorded conversation is empty'],
];
const knownEventFaults: readonly (readonly [RegExp, string])[] = [
  [/GenerateContentResponse\.error/, 'an error in mid-stream has no schema'],
  [/Type '"error"' is not assignable/, 'an error in mid-stream has no schema'],
  [/must have required property 'response_id'/, "the code of a failure is the upstream's own"],
  ...knownFaults,
];

interface Judged {
  readonly id: string;
  readonly fault: string;
}

function excused({ fault }: Judged, excuses: typeof knownFaults): string | undefined {
  return excuses.find(([pattern]) => pattern.test(fault))?.[1];
}

/** Tallies what was done well, and the faults with an excuse; gives back those without. */
function unexcused(
  done: readonly string[],
  judged: readonly Judged[],
  excuses: typeof knownFaults,
  tally: Tally,
): Judged[] {
  const reasons = new Map(judged.map((one) => [one.id, excused(one, excuses)]));
  for (const id of done) if (!reasons.has(id)) tally.keep();
  for (const [id, reason] of reasons) if (reason !== undefined && done.includes(id)) tally.except(reason, id);
  return judged.filter((one) => excused(one, excuses) === undefined);
}

function faultsOf<T>(
  values: readonly (readonly [id: string, value: T])[],
  judge: (values: readonly T[]) => string[],
): Judged[] {
  const faults = judge(values.map(([, value]) => value));
  return values.flatMap(([id], at) => (faults[at] ? [{ id, fault: faults[at] }] : []));
}

function attempt<T>(cross: () => T): T | GatewayError {
  try {
    return cross();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

/** The body as the target would get it: with the target's own model. */
function addressed({ body, line }: CorpusRequest, model: string): [JsonObject, RequestLine | undefined] {
  return line === undefined ? [{ ...body, model }, undefined] : [body, { ...line, model }];
}

/** Whether what came back says what was asked; undefined where something was reported lost on the way. */
function comesBack(
  [a, b]: readonly [Dialect, Dialect],
  written: JsonObject,
  [json, line]: [JsonObject, RequestLine | undefined],
  backLine: RequestLine | undefined,
): boolean | undefined {
  const back = attempt(() => crossRequest(b, a, written, backLine));
  if (back instanceof GatewayError || back.losses.length > 0) return undefined;
  const asked = a.listen.readRequest(json, line);
  const wanted = essenceOfCall(a.listen.forCrossing?.(asked) ?? asked, a);
  const found = essenceOfCall(a.listen.readRequest(back.written, line), a);
  // What is left in a carry was reported, or is form.
  return keeps(found, { ...wanted, own: new Map() });
}

function checkRequests(from: ConversationDialect, to: ConversationDialect): void {
  const dialects = [dialectNamed(from), dialectNamed(to)] as const;
  const tally = new Tally();
  const written: [string, JsonObject][] = [];
  const changed: string[] = [];
  let warned = 0;
  let same = 0;
  for (const request of corpusOf(from).requests) {
    const [json, line] = addressed(request, models[to]);
    const backLine = phrasebooks[to].line && { ...phrasebooks[to].line, model: models[to] };
    const there = attempt(() => crossRequest(...dialects, json, line));
    if (there instanceof GatewayError) {
      expect({ id: request.id, code: there.code }).toEqual({ id: request.id, code: 'unsupported_value' });
      tally.except(`refused: ${there.message}`, request.id);
      continue;
    }
    written.push([request.id, there.written]);
    if (there.losses.length > 0) warned++;
    else {
      const isSame = comesBack(dialects, there.written, [json, line], backLine);
      if (isSame === true) same++;
      else if (isSame === false) changed.push(request.id);
    }
  }
  const done = written.map(([id]) => id);
  const faults = unexcused(done, faultsOf(written, judges[to].requests), knownFaults, tally);
  tally.print(`${from} → ${to}: requests (${warned} warned, ${same} back the same)`, 'written');
  expect(faults).toEqual([]);
  expect(changed).toEqual([]);
  expect(written.length).toBeGreaterThan(100);
}

function checkReplies(upstream: ConversationDialect, client: ConversationDialect): void {
  const [b, a] = [dialectNamed(upstream), dialectNamed(client)];
  const tally = new Tally();
  const written: [string, JsonObject][] = [];
  const changed: unknown[] = [];
  const done: string[] = [];
  let warned = 0;
  for (const { id, body } of corpusOf(upstream).replies) {
    const frame = b.speak.readReply(body);
    if (b.speak.readFailure(body) !== undefined || failureAbroad(frame) !== undefined) {
      tally.except('a failure', id);
      continue;
    }
    const crossed = crossReply(b, a, body);
    if (crossed.losses.length > 0) warned++;
    const wrong = unlike(told([a.speak.readReply(crossed.written)]), told([frame]), crossed.losses);
    if (wrong.length === 0) done.push(id);
    else if (crossed.losses.includes('function_call')) tally.except('a call of the oldest form', id);
    else changed.push({ id, wrong });
    written.push([id, crossed.written]);
  }
  const faults = unexcused(done, faultsOf(written, judges[client].replies), knownFaults, tally);
  tally.print(`${upstream} → ${client}: replies (${warned} warned)`, 'told');
  expect(faults).toEqual([]);
  expect(changed).toEqual([]);
}

/** Counts of Gemini's may shrink while its stream runs; Anthropic's only grow. */
function isCorrection(upstream: string, client: string, wrong: readonly string[]): boolean {
  const isCount = wrong.every((kind) => kind.endsWith('Tokens'));
  return upstream === 'gemini' && client === 'anthropic-messages' && isCount;
}

function checkStreams(upstream: ConversationDialect, client: ConversationDialect): void {
  const [b, a] = [dialectNamed(upstream), dialectNamed(client)];
  const tally = new Tally();
  const written: [string, WireEvent][] = [];
  const changed: unknown[] = [];
  const done: string[] = [];
  let warned = 0;
  for (const { id, bytes } of corpusOf(upstream).streams) {
    const { wire, losses, error } = crossBytes(b, a, [bytes]);
    const events = eventsIn(a, wire);
    for (const event of events) if (event.data !== '[DONE]') written.push([id, event]);
    if (losses.length > 0) warned++;
    if (error !== undefined) {
      expect({ id, code: error.code }).toEqual({ id, code: 'upstream_rejected' });
      tally.except(`failed: ${error.message}`, id);
      continue;
    }
    const wrong = unlike(told(readStream(a, events)), told(readStream(b, eventsIn(b, bytes))), losses);
    if (wrong.length === 0) done.push(id);
    else if (isCorrection(upstream, client, wrong)) tally.except('usage that shrank', id);
    else changed.push({ id, wrong });
  }
  const faults = unexcused(done, faultsOf(written, judges[client].events), knownEventFaults, tally);
  tally.print(`${upstream} → ${client}: streams (${warned} warned, ${written.length} events)`, 'told');
  expect(faults).toEqual([]);
  expect(changed).toEqual([]);
}

describe.skipIf(!isPresent).each(pairs)(
  `from %s to %s${isPresent ? '' : ' (skipped: the recordings or the specifications are not here)'}`,
  (from, to) => {
    test('requests', () => checkRequests(from, to), timeoutMs);
    test('whole replies', () => checkReplies(from, to), timeoutMs);
    test('streams', () => checkStreams(from, to), timeoutMs);
  },
);
