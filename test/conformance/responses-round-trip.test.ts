/** Real Responses traffic survives read → write unchanged: requests, whole replies, errors and every stream event. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { type FoldedReply, foldReply, textIn, toolCallsIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { WireEvent } from '../../src/dialects/dialect.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { eventsOf as parse } from '../../src/dialects/sse-decoder.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, crossStream, readStream } from '../support/trips.ts';

const family = 'openai-responses';
const present = trafficIsPresent(family);
const exchanges = present ? readTraffic(family) : [];

function eventsOf(text: string): WireEvent[] {
  return parse(`${text}\n\n`);
}

/** What an output array says as one text and as calls, read without the dialect's own reader. */
function saidBy(response: JsonObject) {
  const items = (Array.isArray(response.output) ? response.output : []).filter(isObject);
  const texts = items
    .flatMap((item) => (Array.isArray(item.content) && item.type === 'message' ? item.content : []))
    .map((part) => (isObject(part) && part.type === 'output_text' ? String(part.text) : ''));
  const calls = items
    .filter((item) => item.type === 'function_call')
    .map((item) => ({ id: item.call_id, name: item.name, arguments: item.arguments }));
  return { text: texts.join(''), calls };
}

/** OpenAI encrypts a thought anew each time it tells it, and rounds probabilities in its events. */
function withoutSecrets(reply: FoldedReply) {
  return asJson({
    ...reply,
    choices: reply.choices.map(({ blocks, logprobs, ...choice }) => ({
      ...choice,
      tokens: logprobs.map(({ token }) => token),
      blocks: blocks.map((block) =>
        block.type !== 'reasoning'
          ? block
          : { ...block, signature: block.signature !== undefined, redacted: block.redacted !== undefined },
      ),
    })),
  });
}

describe.skipIf(!present)(
  `recorded ${family}${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    test('requests are written as they were read', () => {
      const tally = new Tally();
      for (const { id, request } of exchanges) {
        if (!isObject(request.body)) {
          tally.except('no JSON request body was recorded', id);
          continue;
        }
        const { written } = crossRequest(openaiResponses, openaiResponses, request.body);
        expect({ id, written }).toEqual({ id, written: asJson(request.body) });
        tally.keep();
      }
      tally.print(`${family} requests`);
      expect(tally.exceptions).toBe(0);
    });

    test('whole replies are written as they were read', () => {
      const tally = new Tally();
      for (const { id, response } of exchanges) {
        if (!isObject(response.body) || response.status !== 200) continue;
        const { written } = crossReply(openaiResponses, openaiResponses, response.body);
        expect({ id, written }).toEqual({ id, written: asJson(response.body) });
        tally.keep();
      }
      tally.print(`${family} whole replies`);
      expect(tally.exceptions).toBe(0);
    });

    test('the events of a whole reply say what its output says', () => {
      for (const { id, response } of exchanges) {
        if (!isObject(response.body) || response.status !== 200) continue;
        const [choice] = foldReply([openaiResponses.speak.readReply(response.body)]).choices;
        const calls = toolCallsIn(choice).map(({ id, name, arguments: said }) => ({
          id,
          name,
          arguments: said,
        }));
        expect({ id, text: textIn(choice, 'text'), calls }).toEqual({
          id,
          ...saidBy(response.body),
        } as never);
      }
    });

    test('errors are written as they were read', () => {
      const tally = new Tally();
      for (const { response } of exchanges) {
        if (response.status < 400 || !isObject(response.body)) continue;
        const refusal = openaiResponses.speak.readRefusal(response.status, response.body);
        if (refusal === undefined) throw new Error('an error was not understood');
        const error = new GatewayError('upstream_rejected', '', { refusal });
        expect(openaiResponses.listen.writeError(error)).toEqual(asJson(response.body));
        tally.keep();
      }
      tally.print(`${family} errors`);
    });
  },
);

describe.skipIf(!present)(`recorded ${family} streams`, () => {
  const streams = exchanges.filter(({ response }) => typeof response.text === 'string');

  test('every event is written as it was read, by its name and in order', () => {
    const tally = new Tally();
    let events = 0;
    for (const { id, response } of streams) {
      const wire = eventsOf(response.text ?? '');
      const written = eventsOf(crossStream(openaiResponses, openaiResponses, wire).written);
      expect({ id, events: written.length }).toEqual({ id, events: wire.length });
      for (const [at, { name, data }] of wire.entries()) {
        const again = written[at];
        expect({ id, at, name: again?.name, data: JSON.parse(again?.data ?? 'null') }).toEqual({
          id,
          at,
          name,
          // JSON.stringify writes a recorded -0.0 as 0, which is the same number.
          data: asJson(JSON.parse(data)),
        });
      }
      events += wire.length;
      tally.keep();
    }
    tally.print(`${family} streams (${events} events)`);
    expect(events).toBeGreaterThan(1000);
  });

  test('a stream folded into a whole reply says what its last response says', () => {
    for (const { id, response } of streams) {
      const wire = eventsOf(response.text ?? '');
      const last = JSON.parse(wire.at(-1)?.data ?? 'null') as { response: JsonObject };
      const folded = withoutSecrets(foldReply(readStream(openaiResponses, wire)));
      const whole = withoutSecrets(foldReply([openaiResponses.speak.readReply(last.response)]));
      expect({ id, folded }).toEqual({ id, folded: whole });
    }
  });

  test('a pass-through learns finish and usage, lets every byte by, and knows the end', () => {
    for (const { id, response } of streams) {
      const tap = openaiResponses.createStreamTap({
        provider: 'p',
        maxEventBytes: 1 << 24,
        hideUsage: false,
        scrub: (refusal) => refusal,
      });
      const text = `${(response.text ?? '').trimEnd()}\n\n`;
      const passed = Buffer.from(tap.push(Buffer.from(text)) as Uint8Array).toString('utf8');
      const { isOver } = tap;
      const { error, finish, usage } = tap.end();
      expect({ id, same: passed === text, isOver, error }).toEqual({
        id,
        same: true,
        isOver: true,
        error: undefined,
      });
      expect(finish === 'stop' || finish === 'tool-calls').toBe(true);
      expect(usage?.inputTokens).toBeGreaterThan(0);
    }
  });
});
