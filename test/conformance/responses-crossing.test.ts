/**
 * Recorded Responses traffic, taken for another dialect's: what is written anew from the typed values alone is valid by
 * OpenAI's own schemas, says the same, and is understood by OpenAI's own client.
 */
import { describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import type { Call } from '../../src/core/call.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { foldReply, textIn, toolCallsIn } from '../../src/core/fold.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import type { Part } from '../../src/core/part.ts';
import type { ReplyFrame } from '../../src/core/reply.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { crossCall, ReplyCrossing } from '../../src/pipeline/crossing.ts';
import { asForeignCall, asForeignFrame } from '../support/foreign.ts';
import { openaiErrors, openaiSpecIsPresent } from '../support/openai-schema.ts';
import { readTraffic, Tally, trafficIsPresent } from '../support/traffic.ts';
import { asJson, readStream, wireText } from '../support/trips.ts';
import { countsIn } from './essence.ts';

const isPresent = trafficIsPresent('openai-responses') && openaiSpecIsPresent;
const other = 'gemini';

/** A text is what it says: a list of one says no more. Thoughts of another origin do not cross. */
function said(parts: readonly Part[]): unknown[] {
  return parts.flatMap((part): unknown[] => {
    if (part.type === 'text') return part.text === '' ? [] : [part.text];
    if (part.type === 'media') return [part.source];
    if (part.type === 'refusal') return [{ refusal: part.text }];
    if (part.type === 'tool-call')
      return [{ name: part.name, arguments: part.arguments || '{}', id: part.id, kind: part.kind }];
    if (part.type === 'tool-result') return [{ result: part.toolCallId }, ...said(part.parts)];
    return [];
  });
}

function meaning(call: Call) {
  return {
    said: call.messages.flatMap(({ role, parts }) => said(parts).map((what) => [role, what])),
    tools: (call.tools ?? [])
      .filter(({ type }) => type !== 'other')
      .map((tool) => ({ strict: false, ...tool, carry: undefined })),
    effort: call.reasoning?.effort,
    sampling: call.sampling,
    endUser: call.endUser,
    metadata: call.metadata,
  };
}

/** What a reply says, whatever its ids are. */
function told(frames: readonly ReplyFrame[]) {
  const { choices, usage } = foldReply(frames);
  const [choice] = choices;
  return asJson({
    text: textIn(choice, 'text'),
    refusal: textIn(choice, 'refusal'),
    reasoning: textIn(choice, 'reasoning'),
    calls: toolCallsIn(choice).map(({ name, arguments: said, kind, id }) => ({ name, said, kind, id })),
    // Those without an address name a file of their own provider.
    citations: (choice?.blocks ?? [])
      .flatMap((block) => (block.type === 'text' ? block.citations : []))
      .filter(({ url }) => url !== undefined),
    tokens: choice?.logprobs.map(({ token }) => token),
    encrypted: (choice?.blocks ?? []).filter(
      (block) => block.type === 'reasoning' && (block.signature ?? block.redacted) !== undefined,
    ).length,
    finish: choice?.finish?.reason,
    usage: countsIn(usage),
  });
}

/** Zeros are written for kinds nobody reported. */
function toldAlike(told: ReturnType<typeof Object>) {
  const { usage, ...rest } = told as { usage?: JsonObject };
  return { ...rest, usage: { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0, ...usage } };
}

describe.skipIf(!isPresent)(
  `recorded openai-responses taken for another dialect's${isPresent ? '' : ' (skipped: the recordings or the specification are not here)'}`,
  () => {
    const exchanges = isPresent ? readTraffic('openai-responses') : [];

    test('requests are written anew, valid and with the same meaning', () => {
      const tally = new Tally();
      for (const { id, request } of exchanges) {
        if (!isObject(request.body)) continue;
        const call = asForeignCall(openaiResponses.listen.readRequest(request.body), other);
        const change = { model: call.model, askForUsage: false };
        let written: JsonObject;
        try {
          written = asJson(openaiResponses.speak.writeRequest(call, change, new Losses()));
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown;
          tally.except(thrown.message, id);
          continue;
        }
        const errors = openaiErrors('CreateResponse', written);
        if (request.body.temperature === -1) tally.except('the recorded temperature is no temperature', id);
        else {
          expect({ id, errors }).toEqual({ id, errors: [] });
          tally.keep();
        }
        const again = openaiResponses.listen.readRequest(written);
        expect({ id, ...meaning(again) }).toEqual({ id, ...meaning(call) });
      }
      tally.print('openai-responses requests written anew');
      expect(tally.exceptions).toBe(5);
    });

    test('whole replies are written anew, valid and with the same meaning', () => {
      const tally = new Tally();
      for (const { id, response } of exchanges) {
        if (!isObject(response.body) || response.status !== 200) continue;
        const frame = openaiResponses.speak.readReply(response.body);
        const written = asJson(openaiResponses.listen.writeReply(asForeignFrame(frame, other), new Losses()));
        expect({ id, errors: openaiErrors('Response', written) }).toEqual({ id, errors: [] });
        if (response.body.status === 'queued') {
          tally.except('a response in the background has nothing to say yet', id);
          continue;
        }
        expect({ id, ...toldAlike(told([openaiResponses.speak.readReply(written)])) }).toEqual({
          id,
          ...toldAlike(told([frame])),
        });
        tally.keep();
      }
      tally.print('openai-responses whole replies written anew');
    });

    const client = anthropicMessages;

    test('thoughts that crossed to another dialect come home with the next request', () => {
      let thoughts = 0;
      for (const { id, response } of exchanges) {
        if (!isObject(response.body) || !Array.isArray(response.body.output)) continue;
        const reply = openaiResponses.speak.readReply(response.body);
        const crossed = new ReplyCrossing(client, openaiResponses, {}).whole(reply, new Losses());
        const [choice] = foldReply([crossed]).choices;
        const parts = (choice?.blocks ?? []).flatMap((block): Part[] =>
          block.type === 'reasoning' ? [block] : [],
        );
        const carry = { dialect: client.name, fields: {} };
        const call: Call = {
          model: 'm',
          stream: false,
          messages: [{ role: 'assistant', parts, plainText: false, carry }],
          sampling: {},
          carry,
        };
        const change = { model: 'm', askForUsage: false };
        const returned = crossCall(call, client, openaiResponses, new Losses());
        const { input } = asJson(openaiResponses.speak.writeRequest(returned, change, new Losses()));
        const expected = response.body.output.filter(
          (item) => isObject(item) && item.type === 'reasoning' && typeof item.encrypted_content === 'string',
        ) as JsonObject[];
        expect({ id, items: input as JsonObject[] }).toMatchObject({
          id,
          items: expected.map(({ id, encrypted_content }) => ({ id, encrypted_content }) as JsonObject),
        });
        thoughts += expected.length;
      }
      process.stdout.write(`openai-responses thoughts that came home: ${thoughts}\n`);
      expect(thoughts).toBeGreaterThan(50);
    });

    test('streams are written anew, valid, in sequence and with the same meaning', async () => {
      const tally = new Tally();
      let events = 0;
      for (const { id, response } of exchanges) {
        if (typeof response.text !== 'string') continue;
        const frames = readStream(openaiResponses, eventsOf(`${response.text}\n\n`));
        const head = { model: 'm', stream: true, wantsUsage: true };
        const writer = openaiResponses.listen.createStreamWriter(head, new Losses());
        const wire = frames.map((frame) => wireText(writer.write(asForeignFrame(frame, other)))).join('');
        const text = wire + wireText(writer.end());
        const written = eventsOf(text);
        events += written.length;
        for (const [at, { name, data }] of written.entries()) {
          const json = JSON.parse(data) as JsonObject;
          expect({ id, name, at: json.sequence_number }).toEqual({ id, name: String(json.type), at });
          expect({ id, name, errors: openaiErrors('ResponseStreamEvent', json) }).toEqual({
            id,
            name,
            errors: [],
          });
        }
        expect({ id, ...toldAlike(told(readStream(openaiResponses, written))) }).toEqual({
          id,
          ...toldAlike(told(frames)),
        });
        const last = JSON.parse(written.at(-1)?.data ?? 'null') as { response: JsonObject };
        expect({ id, added: await addedUp(text) }).toEqual({ id, added: last.response.output });
        tally.keep();
      }
      tally.print(`openai-responses streams written anew (${events} events)`);
    }, 60_000);
  },
);

/** What OpenAI's own client makes of a stream. */
async function addedUp(text: string): Promise<unknown> {
  const client = new OpenAI({
    apiKey: 'none',
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const response = await client.responses.stream({ model: 'm', input: 'x' }).finalResponse();
  return asJson(response.output).map((item) => ({
    ...item,
    ...('parsed_arguments' in item && { parsed_arguments: undefined }),
    ...('content' in item && {
      content: (item.content as object[] | undefined)?.map((part) => ({ ...part, parsed: undefined })),
    }),
  }));
}
