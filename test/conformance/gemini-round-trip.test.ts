/** Real traffic of Gemini survives read → write unchanged: requests, replies, errors and every stream event. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn, toolCallsIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { usageOf } from '../../src/core/reply.ts';
import type { RequestLine, WireEvent } from '../../src/dialects/dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { readGeminiLine } from '../../src/dialects/gemini/request-line.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { eventsOf as parse } from '../../src/dialects/sse-decoder.ts';
import { type Exchange, readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, crossStream, readStream } from '../support/trips.ts';

const present = trafficIsPresent('gemini') && trafficIsPresent('gemini-other');
const title = `recorded gemini${present ? '' : ' (skipped: the recordings are not here)'}`;

/** Vertex AI puts the collection deeper in its path. */
function lineOf(url: string): RequestLine & { readonly dialect: string } {
  const own = url.replace(/\/v1(?:beta1)?\/projects\/.*\/publishers\/google\//, '/v1beta/');
  const line = readGeminiLine(own);
  if (line === undefined) throw new Error(`no line of this dialect: ${url}`);
  return line;
}

function same(id: string, written: JsonValue | JsonObject, recorded: JsonValue | JsonObject): void {
  expect({ id, written }).toEqual({ id, written: asJson(recorded) });
  expect({ id, strictly: Bun.deepEquals(asJson(written), asJson(recorded), true) }).toEqual({
    id,
    strictly: true,
  });
}

/** The chunks of a stream, whichever framing it was recorded in. */
function chunksOf({ response }: Exchange): WireEvent[] | undefined {
  const { body, text } = response;
  if (typeof text === 'string') return parse(`${text}\r\n\r\n`);
  const list: unknown = body;
  return Array.isArray(list) ? list.map((chunk) => ({ data: JSON.stringify(chunk) })) : undefined;
}

describe.skipIf(!present)(title, () => {
  const all = present ? [...readTraffic('gemini'), ...readTraffic('gemini-other')] : [];
  const exchanges = all.map((exchange) => {
    const line = lineOf(exchange.request.url);
    const dialect = dialects.get(line.dialect as never);
    if (dialect === undefined) throw new Error(`no dialect ${line.dialect}`);
    return { ...exchange, line, dialect };
  });
  const conversations = exchanges.filter(({ dialect }) => dialect === gemini);
  const streams = conversations.flatMap((exchange) => {
    const events = chunksOf(exchange);
    return events === undefined ? [] : [{ ...exchange, events }];
  });

  test('every URL is read', () => {
    expect(exchanges.length).toBe(356);
    expect(conversations.length).toBe(337);
    expect(conversations.filter(({ line }) => line.stream).length).toBe(107);
    expect(conversations.filter(({ line }) => line.asArray).length).toBe(15);
  });

  test('requests are written as they were read', () => {
    const tally = new Tally();
    for (const { id, request, line, dialect } of exchanges) {
      if (!isObject(request.body)) {
        tally.except('no JSON request body was recorded', id);
        continue;
      }
      same(id, crossRequest(dialect, dialect, request.body, line).written, request.body);
      tally.keep();
    }
    tally.print('gemini requests');
    expect(tally.exceptions).toBe(0);
  });

  test('whole replies are written as they were read', () => {
    const tally = new Tally();
    for (const { id, response, dialect } of exchanges) {
      if (!isObject(response.body)) continue;
      same(id, crossReply(dialect, dialect, response.body).written, response.body);
      tally.keep();
    }
    tally.print('gemini whole replies');
    expect(tally.exceptions).toBe(0);
  });

  test('errors are written with the words they were read with', () => {
    const tally = new Tally();
    for (const { id, response, dialect } of exchanges) {
      if (response.status < 400 || !isObject(response.body)) continue;
      const refusal = dialect.speak.readRefusal(response.status, response.body);
      const error = new GatewayError('upstream_rejected', '', { refusal });
      same(id, dialect.listen.writeError(error), response.body);
      tally.keep();
    }
    tally.print('gemini errors');
    expect(tally.exceptions).toBe(0);
  });

  test('every event of a stream is written as it was read, in both framings', () => {
    const tally = new Tally();
    let chunks = 0;
    for (const { id, events } of streams) {
      const recorded = events.map(({ data }) => JSON.parse(data) as JsonObject);
      const written = parse(crossStream(gemini, gemini, events).written);
      same(
        id,
        written.map(({ data }) => JSON.parse(data) as JsonObject),
        recorded,
      );
      const array = crossStream(gemini, gemini, events, { asArray: true }).written;
      same(id, JSON.parse(array) as JsonObject[], recorded);
      chunks += events.length;
      tally.keep();
    }
    tally.print(`gemini streams (${chunks} events)`);
    expect(chunks).toBeGreaterThan(250);
  });

  test('a stream folded into a whole reply says what its chunks said', () => {
    for (const { id, events } of streams) {
      const chunks = events.map(({ data }) => JSON.parse(data));
      const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
      const folded = foldReply(readStream(gemini, events));
      const [choice] = folded.choices;
      const said = (thought: boolean) =>
        parts
          .filter((part: JsonObject) => (part.thought === true) === thought)
          .map((part: JsonObject) => part.text ?? '')
          .join('');
      const signatures = (choice?.blocks ?? []).flatMap((block) =>
        'signature' in block && block.signature !== undefined ? [block.signature] : [],
      );
      expect({
        id,
        text: textIn(choice, 'text'),
        thoughts: textIn(choice, 'reasoning'),
        calls: toolCallsIn(choice).map(({ name, arguments: args }) => [name, JSON.parse(args)]),
        signatures: signatures.join(''),
      }).toEqual({
        id,
        text: said(false),
        thoughts: said(true),
        calls: parts
          .filter((part: JsonObject) => part.functionCall !== undefined)
          .map(({ functionCall }: { functionCall: JsonObject }) => [
            functionCall.name,
            functionCall.args ?? {},
          ]),
        signatures: parts.map((part: JsonObject) => part.thoughtSignature ?? '').join(''),
      });
      const last = chunks.findLast((chunk) => chunk.usageMetadata !== undefined)?.usageMetadata;
      if (last !== undefined)
        expect((folded.usage?.inputTokens ?? 0) + (folded.usage?.outputTokens ?? 0)).toBe(
          last.totalTokenCount,
        );
      expect(choice?.finish).toBeDefined();
    }
  });

  test('usage adds up to the total Google names', () => {
    let counted = 0;
    for (const { id, response, dialect } of conversations) {
      if (!isObject(response.body) || !isObject(response.body.usageMetadata)) continue;
      const usage = usageOf(dialect.speak.readReply(response.body));
      expect({ id, total: (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0) }).toEqual({
        id,
        total: response.body.usageMetadata.totalTokenCount as number,
      });
      counted++;
    }
    process.stdout.write(`gemini usage: ${counted} totals agree\n`);
    expect(counted).toBeGreaterThan(200);
  });

  test('streams that pass through are passed on to the byte, and observed as when they are read', () => {
    let passed = 0;
    for (const { id, events, response } of streams) {
      if (typeof response.text !== 'string') continue;
      const tap = gemini.createStreamTap({
        provider: 'gemini',
        maxEventBytes: 1e7,
        hideUsage: false,
        scrub: (refusal) => refusal,
      });
      const bytes = Buffer.from(`${response.text.trimEnd()}\r\n\r\n`);
      const out: string[] = [];
      for (let at = 0; at < bytes.length; at += 97)
        out.push(
          Buffer.from((tap.push(bytes.subarray(at, at + 97)) as Uint8Array | undefined) ?? []).toString(
            'latin1',
          ),
        );
      const end = tap.end();
      const folded = foldReply(readStream(gemini, events));
      expect({ id, error: end.error, usage: end.usage, finish: end.finish }).toEqual({
        id,
        error: undefined,
        usage: folded.usage,
        finish: folded.choices[0]?.finish?.reason,
      });
      expect(Buffer.from(out.join('') + String(end.text), 'latin1').equals(bytes)).toBe(true);
      passed++;
    }
    expect(passed).toBeGreaterThan(80);
  });
});
