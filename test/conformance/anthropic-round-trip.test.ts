/** Real traffic of Anthropic's Messages API survives read → write unchanged: requests, replies, errors, every event. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn, toolCallsIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { outlineJson } from '../../src/core/json-outline.ts';
import { usageOf } from '../../src/core/reply.ts';
import { anthropicCountTokens } from '../../src/dialects/anthropic-count-tokens.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { type Exchange, readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, crossStream, readStream } from '../support/trips.ts';

/** The family, its dialect, whether an exchange is of it, and how many requests are told by more than their body. */
const families: [string, Dialect, (exchange: Exchange) => boolean][] = [
  ['anthropic-messages', anthropicMessages, () => true],
  [
    'bedrock-invoke',
    anthropicMessages,
    ({ request }) => isObject(request.body) && 'anthropic_version' in request.body,
  ],
  ['anthropic-count-tokens', anthropicCountTokens, () => true],
];

function isMessage(body: JsonObject | undefined): body is JsonObject {
  return isObject(body);
}

for (const [family, dialect, isOwn] of families) {
  const present = trafficIsPresent(family);
  describe.skipIf(!present)(
    `recorded ${family}${present ? '' : ' (skipped: the recordings are not here)'}`,
    () => {
      const exchanges = (present ? readTraffic(family) : []).filter(isOwn);

      test('requests are written as they were read', () => {
        const tally = new Tally();
        for (const { id, request } of exchanges) {
          if (!isObject(request.body)) {
            tally.except('no JSON request body was recorded', id);
            continue;
          }
          // Bedrock and Vertex have the model in the path.
          const body: JsonObject = { model: 'claude-in-the-path', ...request.body };
          expect({ id, written: crossRequest(dialect, dialect, body).written }).toEqual({
            id,
            written: asJson(body),
          });
          tally.keep();
        }
        tally.print(`${family} requests`);
        expect(tally.exceptions).toBe(0);
        expect(exchanges.length).toBeGreaterThan(0);
      });

      test('whole replies are written as they were read, key by key', () => {
        const tally = new Tally();
        for (const { id, response } of exchanges) {
          if (response.status !== 200 || !isMessage(response.body)) continue;
          const { written } = crossReply(dialect, dialect, response.body);
          expect({ id, written: JSON.stringify(written) }).toEqual({
            id,
            written: JSON.stringify(response.body),
          });
          tally.keep();
        }
        tally.print(`${family} whole replies`);
      });

      test('errors are written as they were read', () => {
        const tally = new Tally();
        for (const { id, response } of exchanges) {
          if (response.status < 400 || !isObject(response.body)) continue;
          const refusal = dialect.speak.readRefusal(response.status, response.body);
          if (response.body.type !== 'error') {
            expect({ id, message: refusal?.message }).toEqual({ id, message: expect.any(String) });
            tally.except("not Anthropic's error shape: its text is passed on inside one", id);
            continue;
          }
          const written = dialect.listen.writeError(new GatewayError('upstream_rejected', '', { refusal }));
          expect(asJson(written)).toEqual(asJson(response.body));
          tally.keep();
        }
        tally.print(`${family} errors`);
      });
    },
  );
}

const present = trafficIsPresent('anthropic-messages');
describe.skipIf(!present)('recorded anthropic-messages streams', () => {
  const streams = (present ? readTraffic('anthropic-messages') : []).filter(
    ({ stream, response }) => stream && typeof response.text === 'string' && response.status === 200,
  );

  test('every event is written as it was read, in order, under its name', () => {
    const tally = new Tally();
    let events = 0;
    for (const { id, response } of streams) {
      const sent = eventsOf(`${response.text}\n\n`);
      const written = eventsOf(crossStream(anthropicMessages, anthropicMessages, sent).written);
      const named = (of: typeof sent) => of.map(({ name, data }) => ({ name, data: JSON.parse(data) }));
      expect({ id, events: named(written) }).toEqual({ id, events: named(sent) });
      events += sent.length;
      tally.keep();
    }
    tally.print(`anthropic-messages streams (${events} events)`);
    expect(events).toBeGreaterThan(3000);
  });

  test('a stream folded into a whole reply says what its deltas said', () => {
    for (const { id, response } of streams) {
      const sent = eventsOf(`${response.text}\n\n`);
      const json = sent.map(({ data }) => JSON.parse(data));
      const folded = foldReply(readStream(anthropicMessages, sent));
      const [choice] = folded.choices;
      const deltas = json.flatMap(({ delta }) => (delta === undefined ? [] : [delta]));
      const said = deltas.map(({ text }) => text ?? '').join('');
      const calls = json.flatMap(({ content_block: block }) =>
        block?.type === 'tool_use' ? [block.id] : [],
      );
      expect({ id, text: textIn(choice, 'text') }).toEqual({ id, text: said });
      expect({ id, calls: toolCallsIn(choice).map((call) => call.id) }).toEqual({ id, calls });
      for (const call of toolCallsIn(choice)) expect(() => JSON.parse(call.arguments || '{}')).not.toThrow();
      expect({ id, end: choice?.finish?.native }).toEqual({
        id,
        end: json.find(({ type }) => type === 'message_delta').delta.stop_reason,
      });
    }
  });

  test('the usage at the end is the last that was told, cached tokens included', () => {
    for (const { id, response } of streams) {
      const sent = eventsOf(`${response.text}\n\n`);
      const json = sent.map(({ data }) => JSON.parse(data));
      const start = json.find(({ type }) => type === 'message_start').message.usage;
      const end = json.findLast(({ type }) => type === 'message_delta').usage;
      const last = (key: string): number => end[key] ?? start[key] ?? 0;
      const usage = readStream(anthropicMessages, sent)
        .map(usageOf)
        .findLast((told) => told !== undefined);
      expect({ id, input: usage?.inputTokens, output: usage?.outputTokens }).toEqual({
        id,
        input: last('input_tokens') + last('cache_read_input_tokens') + last('cache_creation_input_tokens'),
        output: end.output_tokens,
      });
    }
  });

  test('a tap passes every byte and learns what a reader learns', () => {
    for (const { id, response } of streams) {
      const bytes = Buffer.from(response.text ?? '');
      const tap = anthropicMessages.createStreamTap({
        provider: 'p',
        maxEventBytes: 1e7,
        hideUsage: false,
        scrub: (refusal) => refusal,
      });
      const passed: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += 777)
        passed.push(Buffer.from(tap.push(bytes.subarray(at, at + 777)) ?? ''));
      const { text, ...observed } = tap.end();
      const all = Buffer.concat([...passed, Buffer.from(text)]).toString('utf8');
      expect({ id, all: all.trimEnd() }).toEqual({ id, all: bytes.toString('utf8').trimEnd() });
      const frames = readStream(anthropicMessages, eventsOf(`${response.text}\n\n`));
      expect({ id, ...observed }).toEqual({
        id,
        usage: frames.map(usageOf).findLast((told) => told !== undefined),
        finish: foldReply(frames).choices[0]?.finish?.reason,
      } as never);
    }
  });
});

describe.skipIf(!present)('recorded anthropic-messages requests that pass through', () => {
  test('change in nothing but the model', () => {
    for (const { request } of readTraffic('anthropic-messages')) {
      const json = request.body as JsonObject;
      if (typeof json.model !== 'string') continue;
      const text = JSON.stringify(json);
      const outline = outlineJson(text, anthropicMessages.rewrittenKeys, 64);
      const head = anthropicMessages.listen.readHead(json);
      const change = { model: 'claude-"other"', askForUsage: false };
      const written = anthropicMessages.rewriteRequest({ text, json, outline }, head, change);
      expect(written).toBe(JSON.stringify({ ...json, model: change.model }));
      expect(
        anthropicMessages.rewriteRequest({ text, json, outline }, head, { ...change, model: head.model }),
      ).toBe(text);
    }
  });
});
