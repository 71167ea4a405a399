/** Whatever comes instead of a Responses request, reply or stream: an error of the table, or an answer, never a crash. */
import { describe, expect, test } from 'bun:test';
import type { DialectName } from '../../../src/core/dialect-name.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyFrame } from '../../../src/core/reply.ts';
import { BadFraming, type WireEvent } from '../../../src/dialects/dialect.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { Generator } from '../../core/generator.ts';
import { asForeignCall, asForeignFrame } from '../../support/foreign.ts';
import { readTraffic, trafficIsPresent } from '../../support/traffic.ts';
import { asJson, crossReply, crossRequest, wireText } from '../../support/trips.ts';

const present = trafficIsPresent('openai-responses');
const exchanges = present ? readTraffic('openai-responses') : [];
const other: DialectName = 'anthropic-messages';
const oddities: readonly JsonValue[] = [
  null,
  '',
  0,
  -1,
  1e99,
  true,
  [],
  {},
  [null],
  'x',
  [[]],
  { type: 'x' },
  [{}],
];

/** The value with some of its leaves and branches exchanged for something odd. */
function mutated(value: JsonValue, chance: Generator, share: number): JsonValue {
  if (chance.chance(share)) return structuredClone(chance.pick(oddities));
  if (Array.isArray(value)) return value.map((item) => mutated(item, chance, share));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(() => !chance.chance(share));
  return Object.fromEntries(entries.map(([key, inner]) => [key, mutated(inner ?? null, chance, share)]));
}

/** Runs it; only errors meant for clients and operators may come out. */
function survives(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (thrown) {
    if (thrown instanceof GatewayError || thrown instanceof BadFraming) return false;
    throw thrown;
  }
}

function openWriter() {
  return openaiResponses.listen.createStreamWriter(
    { model: 'm', stream: true, wantsUsage: true },
    new Losses(),
  );
}

describe.skipIf(!present)(
  `mutated recordings${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    test('requests trip unchanged or are refused, and cross without a crash', () => {
      const chance = new Generator(1);
      let read = 0;
      for (let round = 0; round < 4; round++)
        for (const { id, request } of exchanges) {
          if (!isObject(request.body)) continue;
          const body = asJson({ ...(mutated(request.body, chance, 0.03) as JsonObject), model: 'm' });
          const isRead = survives(() => {
            const { written } = crossRequest(openaiResponses, openaiResponses, body);
            expect({ id, written }).toEqual({ id, written: body });
          });
          if (!isRead) continue;
          read++;
          survives(() => {
            const call = openaiResponses.listen.readRequest(body);
            openaiResponses.listen.checkCrossing?.(call);
            const change = { model: 'm', askForUsage: false };
            asJson(openaiResponses.speak.writeRequest(asForeignCall(call, other), change, new Losses()));
          });
        }
      expect(read).toBeGreaterThan(500);
    });

    test('whole replies trip unchanged and cross', () => {
      const chance = new Generator(2);
      for (let round = 0; round < 4; round++)
        for (const { id, response } of exchanges) {
          const body = mutated(response.body ?? {}, chance, 0.03);
          if (!isObject(body)) continue;
          expect({ id, written: crossReply(openaiResponses, openaiResponses, body).written }).toEqual({
            id,
            written: asJson(body),
          });
          openaiResponses.observe(body);
          openaiResponses.speak.readFailure(body);
          openaiResponses.speak.readRefusal(400, body);
          const frame = asForeignFrame(openaiResponses.speak.readReply(body), other);
          openaiResponses.listen.writeReply(frame, new Losses());
        }
    });

    test('streams whose events are mutated, lost, doubled or out of order are read and written', () => {
      const chance = new Generator(3);
      for (const { response } of exchanges) {
        if (response.text === undefined) continue;
        const events = eventsOf(`${response.text}\n\n`).slice(0, 300);
        const shuffled = events.flatMap((event): WireEvent[] => {
          if (chance.chance(0.05)) return [];
          if (chance.chance(0.05)) return [event, chance.pick(events)];
          if (chance.chance(0.9)) return [event];
          return [{ ...event, data: JSON.stringify(mutated(JSON.parse(event.data), chance, 0.1)) }];
        });
        const reader = openaiResponses.speak.createStreamReader();
        const own = openWriter();
        const foreign = openWriter();
        const wire: string[] = [];
        for (const event of shuffled)
          survives(() => {
            const frame = reader.read(event);
            if (typeof frame !== 'object') return;
            const [again] = eventsOf(wireText(own.write(frame)));
            expect(JSON.parse(again?.data ?? 'null')).toEqual(asJson(JSON.parse(event.data)));
            wire.push(wireText(foreign.write(asForeignFrame(frame, other))));
          });
        wire.push(wireText(foreign.end()));
        const numbers = eventsOf(wire.join('')).map(({ data }) => JSON.parse(data).sequence_number);
        expect(numbers).toEqual([...numbers.keys()]);
      }
    });
  },
);

test('nested far too deep is no crash but the error of whoever writes it', () => {
  let deep: JsonValue = 'x';
  for (let level = 0; level < 50_000; level++) deep = [deep];
  const frame: ReplyFrame = openaiResponses.speak.readReply({ output: [{ type: 'message', content: deep }] });
  expect(() => JSON.stringify(openaiResponses.listen.writeReply(frame, new Losses()))).toThrow(RangeError);
});
