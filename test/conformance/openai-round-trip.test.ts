/** Real traffic of the OpenAI family survives read → write unchanged: requests, whole replies and every stream event. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { Dialect, WireEvent } from '../../src/dialects/dialect.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts';
import { eventsOf as parse } from '../../src/dialects/sse-decoder.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, crossStream, readStream } from '../support/trips.ts';

/** The family, its dialect, and how many of its requests are known to be no requests of the dialect. */
const families: [string, Dialect, number][] = [
  ['openai-chat', openaiChat, 3],
  ['openai-embeddings', openaiEmbeddings, 1],
];

function eventsOf(text: string): WireEvent[] {
  return parse(`${text}\n\n`);
}

function isSame(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(asJson(a), asJson(b), true);
}

for (const [family, dialect, foreign] of families) {
  const present = trafficIsPresent(family);
  describe.skipIf(!present)(
    `recorded ${family}${present ? '' : ' (skipped: the recordings are not here)'}`,
    () => {
      const exchanges = present ? readTraffic(family) : [];

      test('requests are written as they were read', () => {
        const tally = new Tally();
        for (const { id, request } of exchanges) {
          if (!isObject(request.body)) tally.except('no JSON request body was recorded', id);
          else if (typeof request.body.model !== 'string')
            tally.except('the request names no model in its body (Azure deployment paths, Ollama)', id);
          else if (requestSurvives(dialect, request.body, id, tally)) tally.keep();
        }
        tally.print(`${family} requests`);
        expect(tally.exceptions).toBe(foreign);
      });

      test('whole replies are written as they were read', () => {
        const tally = new Tally();
        const whole = exchanges.filter(({ response }) => isObject(response.body));
        for (const { id, response } of whole) {
          const body = response.body as JsonObject;
          expect({ id, written: crossReply(dialect, dialect, body).written }).toEqual({
            id,
            written: asJson(body),
          });
          tally.keep();
        }
        tally.print(`${family} whole replies`);
        expect(whole.length).toBeGreaterThan(0);
      });

      test('errors are written as they were read', () => {
        const tally = new Tally();
        for (const { id, response } of exchanges) {
          if (response.status < 400 || !isObject(response.body)) continue;
          const refusal = dialect.speak.readRefusal(response.status, response.body);
          if (refusal === undefined || !isObject(response.body.error)) {
            tally.except("not OpenAI's error shape: its text is passed on inside one", id);
            continue;
          }
          const written = dialect.listen.writeError(new GatewayError('upstream_rejected', '', { refusal }));
          expect(written.error).toMatchObject(asJson(response.body.error) as object);
          tally.keep();
        }
        tally.print(`${family} errors`);
      });
    },
  );
}

function requestSurvives(dialect: Dialect, body: JsonObject, id: string, tally: Tally): boolean {
  let written: JsonObject;
  try {
    written = crossRequest(dialect, dialect, body).written;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    tally.except(`refused as the API would: ${thrown.message}`, id);
    return false;
  }
  expect({ id, same: isSame(written, body), written }).toEqual({
    id,
    same: true,
    written: asJson(body),
  });
  return true;
}

const chatPresent = trafficIsPresent('openai-chat');
describe.skipIf(!chatPresent)('recorded openai-chat streams', () => {
  const streams = (chatPresent ? readTraffic('openai-chat') : []).filter(
    ({ stream, response }) => stream && typeof response.text === 'string' && response.status === 200,
  );

  test('every event is written as it was read, in order', () => {
    const tally = new Tally();
    let events = 0;
    for (const { id, response } of streams) {
      const data = eventsOf(response.text ?? '').filter(({ data }) => data !== '[DONE]');
      const written = eventsOf(crossStream(openaiChat, openaiChat, data).written);
      expect(written.pop()).toEqual({ data: '[DONE]' });
      expect(written.length).toBe(data.length);
      for (const [at, event] of data.entries())
        expect({ id, at, event: JSON.parse(written[at]?.data ?? 'null') }).toEqual({
          id,
          at,
          event: JSON.parse(event.data),
        });
      events += data.length;
      tally.keep();
    }
    tally.print(`openai-chat streams (${events} events)`);
    expect(events).toBeGreaterThan(1000);
  });

  test('a stream folded into a whole reply says what its deltas said', () => {
    for (const { id, response } of streams) {
      const wire = eventsOf(response.text ?? '').filter(({ data }) => data !== '[DONE]');
      const chunks = wire.map(({ data }) => JSON.parse(data));
      const texts = chunks
        .flatMap((chunk) => chunk.choices ?? [])
        .filter((choice) => (choice.index ?? 0) === 0);
      const said = texts
        .map((choice) => (typeof choice.delta?.content === 'string' ? choice.delta.content : ''))
        .join('');
      const folded = foldReply(readStream(openaiChat, wire));
      expect({ id, text: textIn(folded.choices[0], 'text') }).toEqual({ id, text: said });
    }
  });
});
