/** Real traffic of Amazon Bedrock's Converse survives read → write unchanged: requests, replies, errors, every frame. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts';
import { bytesOfBase64, lineOf } from '../support/corpus.ts';
import { maxEventBytes, pieces, saidIn, seeded, wireEvents } from '../support/event-frames.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest, readStream } from '../support/trips.ts';

const family = 'bedrock-converse';
const present = trafficIsPresent(family);
const exchanges = present ? readTraffic(family) : [];

const streams = exchanges.flatMap(({ id, response }) =>
  response.base64 === undefined ? [] : [{ id, bytes: bytesOfBase64(response.base64) }],
);

function head(stream: boolean) {
  return { model: 'm', stream, wantsUsage: true };
}

describe.skipIf(!present)(
  `recorded ${family}${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    test('requests are written as they were read, to the path they came by', () => {
      const tally = new Tally();
      for (const { id, request } of exchanges) {
        const line = lineOf(family, request.url);
        if (!isObject(request.body)) {
          tally.except('no request body was recorded', id);
          continue;
        }
        const { written } = crossRequest(bedrockConverse, bedrockConverse, request.body, line);
        expect({ id, written }).toEqual({ id, written: asJson(request.body) });
        const path = bedrockConverse.speak.path({
          model: line?.model ?? '',
          stream: line?.stream === true,
        });
        expect(new URL(request.url).pathname).toEndWith(path);
        tally.keep();
      }
      tally.print(`${family} requests`);
      expect(tally.exceptions).toBe(1);
    });

    test('whole replies are written as they were read', () => {
      const tally = new Tally();
      for (const { id, response } of exchanges) {
        if (response.status !== 200 || !isObject(response.body)) continue;
        const { written } = crossReply(bedrockConverse, bedrockConverse, response.body);
        expect({ id, written }).toEqual({ id, written: asJson(response.body) });
        tally.keep();
      }
      tally.print(`${family} whole replies`);
    });

    test('errors are written as they were read, their type in the header', () => {
      const tally = new Tally();
      for (const { id, response } of exchanges) {
        if (response.status < 400 || !isObject(response.body)) continue;
        const headers = new Headers(response.headers);
        const refusal = bedrockConverse.speak.readRefusal(response.status, response.body, headers);
        const error = new GatewayError('upstream_rejected', '', { refusal });
        expect({ id, written: asJson(bedrockConverse.listen.writeError(error)) }).toEqual({
          id,
          written: response.body,
        });
        expect(bedrockConverse.listen.errorHeaders?.(error)).toEqual({
          'x-amzn-errortype': 'ValidationException',
        });
        tally.keep();
      }
      tally.print(`${family} errors`);
    });

    test('every frame of a stream is written as it was read, in order', () => {
      const tally = new Tally();
      let events = 0;
      for (const { id, bytes } of streams) {
        const writer = bedrockConverse.listen.createStreamWriter(head(true), new Losses());
        const frames = readStream(bedrockConverse, wireEvents(bytes));
        const written = Buffer.concat([
          ...frames.map((frame) => Buffer.from(writer.write(frame))),
          Buffer.from(writer.end()),
        ]);
        expect({ id, said: saidIn(written) }).toEqual({ id, said: saidIn(bytes) });
        events += frames.length;
        tally.keep();
      }
      tally.print(`${family} streams (${events} frames)`);
      expect(events).toBeGreaterThan(400);
    });

    test('the tap passes every byte on, however the stream is cut, and learns usage and finish', () => {
      const random = seeded(7);
      for (const { id, bytes } of streams) {
        const tap = bedrockConverse.createStreamTap({
          provider: 'p',
          maxEventBytes,
          hideUsage: false,
          scrub: (refusal) => refusal,
        });
        const passed = pieces(bytes, random, 200).map((piece) => tap.push(piece) ?? new Uint8Array(0));
        const { usage, finish, error } = tap.end();
        expect(Buffer.concat(passed as Uint8Array[]).equals(bytes)).toBe(true);
        expect({ id, error, reports: usage !== undefined, ends: finish !== undefined }).toEqual({
          id,
          error: undefined,
          reports: true,
          ends: true,
        });
      }
    });

    test('a stream folded into a whole reply says what its deltas said', () => {
      for (const { id, bytes } of streams) {
        const text = saidIn(bytes)
          .map(([, payload]) => (isObject(payload.delta) ? payload.delta : ({} as JsonObject)))
          .map((delta) => (typeof delta.text === 'string' ? delta.text : ''))
          .join('');
        const folded = foldReply(readStream(bedrockConverse, wireEvents(bytes)));
        expect({ id, text: textIn(folded.choices[0], 'text') }).toEqual({ id, text });
      }
    });
  },
);
