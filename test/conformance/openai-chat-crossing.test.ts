/**
 * Recorded chat traffic, taken for another dialect's: what is written anew from the typed values alone is valid by
 * OpenAI's own schemas and says the same.
 */
import { describe, expect, test } from 'bun:test';
import type { Call } from '../../src/core/call.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn, toolCallsIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import type { Part } from '../../src/core/part.ts';
import type { ReplyFrame } from '../../src/core/reply.ts';
import { mergeTurns } from '../../src/core/turns.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { asForeignCall, asForeignFrame } from '../support/foreign.ts';
import { openaiErrors, openaiSpecIsPresent } from '../support/openai-schema.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, readStream, wireText } from '../support/trips.ts';
import { countsIn } from './essence.ts';

const isPresent = trafficIsPresent('openai-chat') && openaiSpecIsPresent;
const other = 'gemini';

/** A text is what it says: a list of one says no more. */
function said(parts: readonly Part[]): unknown[] {
  return parts.flatMap((part): unknown[] => {
    if (part.type === 'text') return part.text === '' ? [] : [part.text];
    if (part.type === 'media') return [part.source];
    if (part.type === 'refusal') return [{ refusal: part.text }];
    if (part.type === 'tool-call')
      return [{ name: part.name, arguments: part.arguments || '{}', id: part.id }];
    if (part.type === 'tool-result') return [{ result: part.toolCallId }, ...said(part.parts)];
    return [];
  });
}

/** What a call says, but for reasoning and where one message ends. */
function meaning(call: Call) {
  return {
    said: mergeTurns(call.messages, new Set(['assistant']))
      .flatMap(({ role, parts }) => [role, ...said(parts)])
      .filter((it) => it !== 'user'),
    tools: (call.tools ?? [])
      .filter(({ type }) => type !== 'other')
      .map((tool) => ({ ...tool, carry: undefined, cache: undefined })),
    maxOutputTokens: call.maxOutputTokens,
    sampling: { ...call.sampling, topK: undefined },
    endUser: call.endUser,
  };
}

/** Why OpenAI's own schema says no, where the recorded request itself was beyond it. */
function isBeyond(body: JsonObject): boolean {
  return openaiErrors('CreateChatCompletionRequest', body).length > 0;
}

describe.skipIf(!isPresent)(
  `recorded openai-chat taken for another dialect's${isPresent ? '' : ' (skipped: the recordings or the specification are not here)'}`,
  () => {
    const exchanges = isPresent ? readTraffic('openai-chat') : [];

    test('requests are written anew, valid and with the same meaning', () => {
      const tally = new Tally();
      let beyond = 0;
      for (const { id, request } of exchanges) {
        if (!isObject(request.body)) continue;
        const call = asForeignCall(openaiChat.listen.readRequest(request.body), other);
        const change = { model: call.model, askForUsage: false };
        let written: JsonObject;
        try {
          written = asJson(openaiChat.speak.writeRequest(call, change, new Losses()));
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown;
          tally.except(thrown.message, id);
          continue;
        }
        if (isBeyond(request.body)) beyond++;
        const errors = openaiErrors('CreateChatCompletionRequest', written);
        expect({ id, errors }).toEqual({ id, errors: [] });
        const again = openaiChat.listen.readRequest(written);
        expect({ id, ...meaning(again) }).toEqual({ id, ...meaning(call) });
        tally.keep();
      }
      tally.print(`openai-chat requests crossed (${beyond} beyond the schema as recorded)`);
      expect(tally.exceptions).toBeLessThan(5);
    }, 60_000);

    const outcome = (frames: readonly ReplyFrame[]) => {
      const folded = foldReply(frames);
      return folded.choices.map((choice) => ({
        text: textIn(choice, 'text'),
        reasoning: textIn(choice, 'reasoning'),
        refusal: textIn(choice, 'refusal'),
        calls: toolCallsIn(choice).map((call) => ({
          ...call,
          index: 0,
          // Made up where the reply has none.
          id: call.id.startsWith('call_0') ? '' : call.id,
          arguments: call.arguments || '{}',
        })),
        logprobs: choice.logprobs.length,
        citations: choice.blocks.flatMap((block) => (block.type === 'text' ? block.citations : [])).length,
      }));
    };

    test('whole replies are written anew, valid and with the same meaning', () => {
      const tally = new Tally();
      for (const { id, response } of exchanges) {
        if (!isObject(response.body) || response.status !== 200) continue;
        const frame = openaiChat.speak.readReply(response.body);
        if (frame.events.length === 0) {
          tally.except('the reply holds no choice', id);
          continue;
        }
        const written = asJson(openaiChat.listen.writeReply(asForeignFrame(frame, other), new Losses()));
        const errors = openaiErrors('CreateChatCompletionResponse', written);
        expect({ id, errors }).toEqual({ id, errors: [] });
        const again = openaiChat.speak.readReply(written);
        expect({ id, said: outcome([again]) }).toEqual({ id, said: outcome([frame]) });
        expect(foldReply([again]).usage).toEqual(countsIn(foldReply([frame]).usage) as never);
        tally.keep();
      }
      tally.print('openai-chat whole replies crossed');
      expect(tally.exceptions).toBeLessThan(5);
    });

    test('streams are written anew, each chunk valid, with the same meaning', () => {
      const tally = new Tally();
      let chunks = 0;
      for (const { id, stream, response } of exchanges) {
        if (!stream || typeof response.text !== 'string' || response.status !== 200) continue;
        const frames = readStream(openaiChat, eventsOf(`${response.text}\n\n`));
        if (frames.some(({ failure }) => failure !== undefined)) continue;
        const head = { model: 'm', stream: true, wantsUsage: true };
        const writer = openaiChat.listen.createStreamWriter(head, new Losses());
        const pieces = frames.map((frame) => wireText(writer.write(asForeignFrame(frame, other))));
        const events = eventsOf([...pieces, wireText(writer.end())].join(''));
        expect(events.at(-1)?.data).toBe('[DONE]');
        for (const { data } of events.slice(0, -1)) {
          const errors = openaiErrors('CreateChatCompletionStreamResponse', JSON.parse(data));
          expect({ id, data, errors }).toEqual({ id, data, errors: [] });
        }
        chunks += events.length - 1;
        const again = readStream(openaiChat, events);
        expect({ id, said: outcome(again) }).toEqual({ id, said: outcome(frames) });
        expect(foldReply(again).usage).toEqual(countsIn(foldReply(frames).usage) as never);
        tally.keep();
      }
      tally.print(`openai-chat streams crossed (${chunks} chunks)`);
      expect(chunks).toBeGreaterThan(1000);
    });
  },
);
