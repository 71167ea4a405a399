/** Recorded traffic with chance damage: own trips stay exact, crossings never throw but what the client is to be told. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { Losses, reportCarry, reportLeftovers } from '../../../src/core/losses.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { Generator } from '../../core/generator.ts';
import { asForeignCall, asForeignFrame } from '../../support/foreign.ts';
import { readTraffic, trafficIsPresent } from '../../support/traffic.ts';
import { asJson, readChunk, wireText } from '../../support/trips.ts';

const odd: readonly JsonValue[] = [
  null,
  5,
  -1,
  1e308,
  '',
  'x',
  true,
  [],
  {},
  [null],
  [{}],
  { type: 'ephemeral' },
  { google: { thought_signature: 's' } },
  { name: 'f', arguments: '' },
  { url: 'u' },
  'data:image/png;base64,AA==',
  [{ type: 'text', text: 't' }],
  [{ type: 'reasoning.text', text: 'a', signature: 's' }],
];
const keys = [
  'annotations',
  'audio',
  'cache_control',
  'content',
  'extra_content',
  'function_call',
  'functions',
  'id',
  'images',
  'index',
  'name',
  'prompt_cache_breakpoint',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'refusal',
  'role',
  'thinking',
  'tool_call_id',
  'tool_calls',
  'tools',
  'type',
  'usage',
];

function damaged(value: JsonValue, chance: Generator): JsonValue {
  if (Array.isArray(value)) {
    const kept = value.filter(() => !chance.chance(0.02));
    return kept.flatMap((item) => {
      const one = chance.chance(0.03) ? chance.pick(odd) : damaged(item, chance);
      return chance.chance(0.02) ? [one, one] : [one];
    });
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value))
    if (!chance.chance(0.03))
      result[key] = chance.chance(0.05) ? chance.pick(odd) : damaged(inner ?? null, chance);
  if (chance.chance(0.15)) result[chance.pick(keys)] = chance.pick(odd);
  return result;
}

/** What is thrown must be meant for the client. */
function tolerate(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return false;
  }
}

const isPresent = trafficIsPresent('openai-chat');
const { listen, speak } = openaiChat;

describe.skipIf(!isPresent)(
  `damaged openai-chat traffic${isPresent ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    const exchanges = isPresent ? readTraffic('openai-chat') : [];

    test('requests', () => {
      const chance = new Generator(5);
      let read = 0;
      for (const { request } of exchanges) {
        const body = damaged(request.body ?? {}, chance) as JsonObject;
        const before = JSON.stringify(body);
        const isRead = tolerate(() => {
          const call = listen.readRequest(body);
          const change = { model: call.model, askForUsage: false };
          reportLeftovers(call, listen.formKeys, new Losses());
          expect(asJson(speak.writeRequest(call, change, new Losses()))).toEqual(JSON.parse(before));
          tolerate(() => speak.writeRequest(asForeignCall(call, 'gemini'), change, new Losses()));
        });
        expect(JSON.stringify(body)).toBe(before);
        if (isRead) read++;
      }
      expect(read).toBeGreaterThan(500);
    });

    test('whole replies', () => {
      const chance = new Generator(6);
      for (const { response } of exchanges) {
        if (!isObject(response.body)) continue;
        const body = damaged(response.body, chance) as JsonObject;
        const frame = speak.readReply(body);
        reportCarry(frame.carry, 'reply', listen.formKeys, new Losses());
        expect(asJson(listen.writeReply(frame, new Losses()))).toEqual(asJson(body));
        listen.writeReply(asForeignFrame(frame, 'gemini'), new Losses());
      }
    });

    test('chunks', () => {
      const chance = new Generator(7);
      const head = { model: 'm', stream: true, wantsUsage: true };
      let chunks = 0;
      for (const { response } of exchanges) {
        const foreign = listen.createStreamWriter(head, new Losses());
        for (const { data } of eventsOf(`${response.text ?? ''}\n\n`)) {
          if (data === '[DONE]' || !chance.chance(0.2)) continue;
          const json = damaged(JSON.parse(data), chance) as JsonObject;
          const frame = readChunk(openaiChat, json);
          const written = wireText(listen.createStreamWriter(head, new Losses()).write(frame));
          expect(JSON.parse(written.slice('data: '.length))).toEqual(asJson(json));
          foreign.write(asForeignFrame(frame, 'gemini'));
          chunks++;
        }
        foreign.end();
      }
      expect(chunks).toBeGreaterThan(1000);
    });
  },
);
