/** Recorded traffic of OpenAI Chat, as Anthropic's API and its clients would get it. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { type FoldedReply, foldReply, textIn, toolCallsIn } from '../../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { anthropicFaults } from '../../support/anthropic-types.ts';
import { readTraffic, Tally, trafficIsPresent } from '../../support/traffic.ts';
import { crossReply, crossRequest, crossStream, readStream } from '../../support/trips.ts';

const present = trafficIsPresent('openai-chat');
const exchanges = present ? readTraffic('openai-chat') : [];

function said(reply: FoldedReply) {
  const [choice] = reply.choices;
  return {
    text: textIn(choice, 'text') + textIn(choice, 'refusal'),
    reasoning: textIn(choice, 'reasoning'),
    calls: toolCallsIn(choice).map(({ name, arguments: args }) => [
      name,
      JSON.parse(args || '{}') as unknown,
    ]),
    input: reply.usage?.inputTokens ?? 0,
    output: reply.usage?.outputTokens ?? 0,
  };
}

/** Servers that answer with half a call, or none of Chat's shapes. */
function isWhole(reply: FoldedReply): boolean {
  return toolCallsIn(reply.choices[0]).every(({ arguments: args }) => {
    try {
      return isObject(JSON.parse(args || '{}'));
    } catch {
      return false;
    }
  });
}

describe.skipIf(!present)(
  `from openai-chat${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    test('requests are what the SDK’s types want, or refused', () => {
      const tally = new Tally();
      const written: { id: string; json: JsonObject }[] = [];
      for (const { id, request } of exchanges) {
        if (!isObject(request.body) || typeof request.body.model !== 'string') continue;
        for (const model of ['claude-sonnet-4-5', 'claude-opus-4-8', 'claude-3-haiku-20240307'])
          try {
            written.push({
              id,
              json: crossRequest(openaiChat, anthropicMessages, { ...request.body, model }).written,
            });
            tally.keep();
          } catch (thrown) {
            if (!(thrown instanceof GatewayError)) throw thrown;
            tally.except(thrown.message, id);
          }
      }
      // Many are told again and again; the compiler shall read each once.
      const distinct = [...new Map(written.map((one) => [JSON.stringify(one.json), one])).values()];
      const faults = anthropicFaults(distinct.map(({ json }) => json));
      expect(
        faults.map((fault, at) => (fault === '' ? '' : `${distinct[at]?.id}: ${fault}`)).filter(Boolean),
      ).toEqual([]);
      tally.print(`openai-chat requests to Anthropic, ${distinct.length} judged by the compiler,`);
      expect(distinct.length).toBeGreaterThan(500);
    }, 120_000);

    test('whole replies say the same as messages', () => {
      let count = 0;
      for (const { id, response } of exchanges) {
        if (response.status !== 200 || !isObject(response.body) || !Array.isArray(response.body.choices))
          continue;
        const folded = foldReply([openaiChat.speak.readReply(response.body)]);
        if (!isWhole(folded)) continue;
        const { written } = crossReply(openaiChat, anthropicMessages, response.body);
        const again = foldReply([anthropicMessages.speak.readReply(written)]);
        expect({ id, ...said(again) }).toEqual({ id, ...said(folded) });
        count++;
      }
      expect(count).toBeGreaterThan(400);
    });

    test('streams say the same in strict blocks', () => {
      let count = 0;
      for (const { id, response } of exchanges) {
        if (response.status !== 200 || response.text === undefined) continue;
        const sent = eventsOf(`${response.text}\n\n`).filter(({ data }) => data !== '[DONE]');
        const folded = foldReply(readStream(openaiChat, sent));
        if (!isWhole(folded)) continue;
        const events = eventsOf(crossStream(openaiChat, anthropicMessages, sent).written);
        expect({ id, ...said(foldReply(readStream(anthropicMessages, events))) }).toEqual({
          id,
          ...said(folded),
        });
        count++;
      }
      expect(count).toBeGreaterThan(300);
    });
  },
);
