/** Real requests of Gemini, read, stripped of everything only Gemini knows, and written again: they must still say the same. */
import { describe, expect, test } from 'bun:test';
import type { Call } from '../../src/core/call.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import { BadFraming, type WireEvent } from '../../src/dialects/dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { eventsOf, SseDecoder } from '../../src/dialects/sse-decoder.ts';
import { Generator } from '../core/generator.ts';
import { asForeign, withoutCarry } from '../dialects/gemini/calls.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, crossStream } from '../support/trips.ts';

const present = trafficIsPresent('gemini');
const exchanges = present ? readTraffic('gemini') : [];
const line = { model: 'gemini-2.5-pro', stream: false };

function written(call: Call): JsonObject {
  return asJson(gemini.speak.writeRequest(call, { model: call.model, askForUsage: false }, new Losses()));
}

/** What may change without a change of meaning: how results are wrapped, which messages are joined, what Google drops. */
function essence(call: Call): JsonValue {
  const { messages, carry, metadata, ...rest } = call;
  const said = messages.flatMap(({ role, apart, parts }) =>
    parts.flatMap((part) => {
      if (part.type === 'other' || (part.type === 'text' && part.text === '')) return [];
      return [{ role: role === 'tool' ? 'user' : role, apart, part }];
    }),
  );
  const names = (rest.tools ?? []).filter(({ type }) => type !== 'other');
  // Without declarations there is nothing to choose from.
  const { tools, toolChoice, ...others } = rest;
  return withoutCarry({
    ...others,
    ...(names.length > 0 && { tools: names, toolChoice }),
    said,
  });
}

/** Without how a thing was spelled: as one text, or, for a result that is JSON, with which white space. */
function sameMeaning(value: JsonValue): JsonValue {
  if (typeof value === 'string') {
    const json = parseObject(value);
    return json === undefined ? value : JSON.stringify(json);
  }
  if (Array.isArray(value)) return value.map(sameMeaning);
  if (!isObject(value)) return value;
  const { plainText, ...rest } = value;
  return Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [key, inner === undefined ? undefined : sameMeaning(inner)]),
  );
}

describe.skipIf(!present)(
  `recorded gemini requests without their carries${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    test('say the same when they are written anew and read again', () => {
      const tally = new Tally();
      for (const { id, request } of exchanges) {
        if (!isObject(request.body)) continue;
        const own = { model: /models\/([^:]+):/.exec(request.url)?.[1] ?? '', stream: false };
        const call = gemini.listen.readRequest(request.body, own);
        let again: Call;
        try {
          again = gemini.listen.readRequest(written(asForeign(call)), own);
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown;
          tally.except(`refused: ${thrown.message}`, id);
          continue;
        }
        expect({ id, said: sameMeaning(essence(again)) }).toEqual({ id, said: sameMeaning(essence(call)) });
        tally.keep();
      }
      tally.print('gemini requests written anew');
      expect(tally.exceptions).toBe(0);
    });

    test('every call keeps its result beside it', () => {
      let results = 0;
      for (const { id, request } of exchanges) {
        if (!isObject(request.body)) continue;
        const { contents } = written(asForeign(gemini.listen.readRequest(request.body, line)));
        for (const [at, content] of (contents as JsonObject[]).entries()) {
          const answered = (content.parts as JsonObject[]).flatMap(({ functionResponse }) =>
            isObject(functionResponse) ? [functionResponse.id] : [],
          );
          if (answered.length === 0) continue;
          const before = (contents as JsonObject[])[at - 1];
          const called = ((before?.parts ?? []) as JsonObject[]).flatMap(({ functionCall }) =>
            isObject(functionCall) ? [functionCall.id] : [],
          );
          expect({ id, answered: answered.filter((one) => !called.includes(one)) }).toEqual({
            id,
            answered: [],
          });
          results += answered.length;
        }
      }
      process.stdout.write(`gemini results beside their calls: ${results}\n`);
      expect(results).toBeGreaterThan(100);
    });
  },
);

/** A copy with something changed in it: a value lost, repeated, or replaced by anything. */
function mutated(value: JsonValue, random: Generator): JsonValue {
  if (random.chance(0.02)) return random.json(2);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, random));
    if (items.length > 0 && random.chance(0.05)) items.splice(random.below(items.length), 1);
    if (items.length > 0 && random.chance(0.05)) items.push(random.pick(items));
    return items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(() => !random.chance(0.02));
  return Object.fromEntries(entries.map(([key, inner]) => [key, mutated(inner ?? null, random)]));
}

/** Only what the interface allows may be thrown. */
function survives(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) && !(thrown instanceof BadFraming)) throw thrown;
  }
}

function isSame(a: JsonValue | JsonObject, b: JsonValue | JsonObject): boolean {
  return Bun.deepEquals(asJson(a), asJson(b), true);
}

describe.skipIf(!present)('mutated recordings', () => {
  test('never crash a reader or a writer, and trip like sound ones', () => {
    const random = new Generator(20_260_215);
    let trips = 0;
    for (const { id, request, response } of [...exchanges, ...exchanges, ...exchanges]) {
      const body = mutated(request.body ?? {}, random);
      if (isObject(body))
        survives(() => {
          expect({
            id,
            same: isSame(crossRequest(gemini, gemini, body, line).written, body),
            body,
          }).toMatchObject({
            id,
            same: true,
          });
          written(asForeign(gemini.listen.readRequest(body, line)));
          trips++;
        });
      const reply = isObject(response.body) ? mutated(response.body, random) : undefined;
      if (isObject(reply)) {
        expect({ id, same: isSame(crossReply(gemini, gemini, reply).written, reply), reply }).toMatchObject({
          id,
          same: true,
        });
        const frame = gemini.speak.readReply(reply);
        const foreign = { ...frame, carry: { dialect: 'openai-chat', fields: {} } } as const;
        gemini.listen.writeReply(foreign, new Losses());
        gemini.observe(reply);
        gemini.speak.readFailure(reply);
        trips++;
      }
      if (typeof response.text !== 'string') continue;
      const events: WireEvent[] = eventsOf(`${response.text}\r\n\r\n`).map(({ data }) => ({
        data: JSON.stringify(mutated(parseObject(data) ?? {}, random)),
      }));
      survives(() => {
        const out = eventsOf(crossStream(gemini, gemini, events).written).map(({ data }) => data);
        const recorded = events.map(({ data }) => JSON.parse(data) as JsonValue);
        expect(
          isSame(
            out.map((data) => JSON.parse(data) as JsonValue),
            recorded,
          ),
        ).toBe(true);
        trips++;
      });
    }
    process.stdout.write(`gemini mutated: ${trips} trips\n`);
    expect(trips).toBeGreaterThan(1000);
  });

  test('random bytes for streams, cut anywhere, never crash the tap or the reader', () => {
    const random = new Generator(7);
    for (const { response } of exchanges) {
      if (typeof response.text !== 'string') continue;
      const bytes = Buffer.from(response.text);
      if (random.chance(0.7)) bytes[random.below(bytes.length)] = random.below(256);
      const pieces = random.cut(bytes, 1 + random.below(8));
      survives(() => {
        const tap = gemini.createStreamTap({
          provider: 'p',
          maxEventBytes: 1e6,
          hideUsage: false,
          scrub: (refusal) => refusal,
        });
        for (const piece of pieces) if (!tap.isOver) tap.push(piece);
        tap.end();
      });
      survives(() => {
        const decoder = new SseDecoder(1e6);
        const reader = gemini.speak.createStreamReader();
        for (const piece of pieces) for (const event of decoder.push(piece)) reader.read(event);
        for (const event of decoder.end()) reader.read(event);
      });
    }
  });
});

test('nothing in a random body crashes a reader', () => {
  const random = new Generator(99);
  const keys = [
    'contents',
    'parts',
    'text',
    'functionCall',
    'name',
    'args',
    'candidates',
    'content',
    'tools',
  ];
  const nest = (depth: number): JsonValue => {
    if (depth === 0 || random.chance(0.2)) return random.json(1);
    if (random.chance(0.4)) return [nest(depth - 1), nest(depth - 1)];
    return Object.fromEntries(Array.from({ length: 3 }, () => [random.pick(keys), nest(depth - 1)]));
  };
  for (let round = 0; round < 3000; round++) {
    const body = { contents: nest(5), tools: nest(4), systemInstruction: nest(3), candidates: nest(5) };
    survives(() => {
      expect(isSame(crossRequest(gemini, gemini, body, line).written, body)).toBe(true);
      written(asForeign(gemini.listen.readRequest(body, line)));
    });
    expect(isSame(crossReply(gemini, gemini, body).written, body)).toBe(true);
  }
}, 60_000);
