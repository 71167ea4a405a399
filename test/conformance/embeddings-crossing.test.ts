/** Recorded embeddings of every provider, as the client of another API would ask for them and get them. */
import { describe, expect, test } from 'bun:test';
import { base64Of, floatsOf, type Vector } from '../../src/core/embedding.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { usageOf } from '../../src/core/reply.ts';
import { bedrockEmbed, isEmbeddingModel } from '../../src/dialects/bedrock-embed.ts';
import { cohereEmbed } from '../../src/dialects/cohere-embed.ts';
import { readGeminiLine } from '../../src/dialects/gemini/request-line.ts';
import { geminiBatchEmbed } from '../../src/dialects/gemini-batch-embed.ts';
import { geminiEmbedContent } from '../../src/dialects/gemini-embed-content.ts';
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { vertexPredict } from '../../src/dialects/vertex-predict.ts';
import { googleFaults, googleIsPresent } from '../support/google-messages.ts';
import { openaiErrors, openaiSpecIsPresent } from '../support/openai-schema.ts';
import { type Exchange, readTraffic, trafficIsPresent } from '../support/traffic.ts';
import { asJson, crossReply, crossRequest } from '../support/trips.ts';

const families = ['openai-embeddings', 'gemini-other', 'bedrock-invoke'] as const;
const present = families.every(trafficIsPresent) && openaiSpecIsPresent && googleIsPresent;
const title = `recorded embeddings${present ? '' : ' (skipped: the recordings or specifications are not here)'}`;

const head = { model: 'asked', stream: false, wantsUsage: false };

/** What OpenAI's schema has no word for, and OpenAI does: vectors in base64. */
function withFloats(reply: JsonObject): JsonObject {
  const data = (reply.data as JsonObject[]).map((item) => ({
    ...item,
    embedding: [...floatsOf(item.embedding as Vector)],
  }));
  return { ...reply, data };
}

function vectorsOf(reply: JsonObject): (readonly number[])[] {
  return (reply.data as JsonObject[]).map((item) => floatsOf(item.embedding as Vector));
}

describe.skipIf(!present)(title, () => {
  const of = (family: string): Exchange[] => (present ? readTraffic(family) : []);
  const succeeded = ({ response }: Exchange) => response.status === 200 && isObject(response.body);

  // One is of Ollama’s own API.
  const openai = of('openai-embeddings').filter(({ request }) => request.body?.input !== undefined);
  const gemini = of('gemini-other').flatMap((exchange) => {
    const line = readGeminiLine(
      exchange.request.url.replace(/\/v1(?:beta1)?\/projects\/.*\/publishers\/google\//, '/v1beta/'),
    );
    const dialect = line && dialects.get(line.dialect);
    const isEmbedding = dialect === geminiBatchEmbed || dialect === geminiEmbedContent;
    return isEmbedding ? [{ ...exchange, line, dialect }] : [];
  });
  const bedrock = of('bedrock-invoke').filter(({ request }) =>
    isEmbeddingModel(decodeURIComponent(request.url)),
  );

  test('there are some of each', () => {
    expect([openai.length, gemini.length, bedrock.length]).toEqual([35, 15, 10]);
  });

  test('what was asked of OpenAI’s API, asked of Google', () => {
    for (const { id, request } of openai) {
      const body = request.body ?? {};
      const { written, losses } = crossRequest(openaiEmbeddings, geminiBatchEmbed, body);
      expect({ id, faults: googleFaults('BatchEmbedContentsRequest', written) }).toEqual({ id, faults: [] });
      const texts = (written.requests as JsonObject[]).map(
        ({ content }) => ((content as JsonObject).parts as JsonObject[])[0]?.text,
      );
      expect({ id, texts }).toEqual({ id, texts: [body.input].flat() as string[] });
      const unknown = Object.keys(body).filter(
        (key) => !['model', 'input', 'encoding_format', 'dimensions', 'input_type'].includes(key),
      );
      expect({ id, losses }).toEqual({ id, losses: unknown.filter((key) => body[key] !== null) });
    }
  });

  test('what was asked of Google, asked of OpenAI’s API, and there and back again', () => {
    for (const { id, request, line, dialect } of gemini) {
      const body = request.body ?? {};
      const there = crossRequest(dialect, openaiEmbeddings, body, line);
      expect({ id, errors: openaiErrors('CreateEmbeddingRequest', there.written) }).toEqual({
        id,
        errors: [],
      });
      const tasks = new Set(JSON.stringify(body).match(/(?<="taskType":")\w+/g) ?? []);
      expect({ id, losses: there.losses }).toEqual({ id, losses: [...tasks].map((task) => `task ${task}`) });
      const back = crossRequest(openaiEmbeddings, dialect, there.written);
      const untasked = JSON.parse(JSON.stringify(body).replaceAll(/,"taskType":"\w+"/g, ''));
      // Vertex’s recorded body leaves the model to its path.
      if (dialect === geminiEmbedContent) untasked.model = `models/${line?.model}`;
      expect({ id, back: back.written }).toEqual({ id, back: untasked });
    }
  });

  test('what was asked of models on Bedrock is what a client of OpenAI’s API would ask there', () => {
    for (const { id, request } of bedrock) {
      const { texts, inputText, singleEmbeddingParams: params, input_type } = request.body ?? {};
      const model = decodeURIComponent(/model\/([^/]+)/.exec(request.url)?.[1] ?? '');
      const nova = isObject(params) && isObject(params.text) ? params : undefined;
      const input = texts ?? inputText ?? (isObject(nova?.text) ? nova.text.value : null) ?? null;
      const dimensions = nova?.embeddingDimension;
      const { written } = crossRequest(openaiEmbeddings, bedrockEmbed, {
        model,
        input,
        ...(dimensions !== undefined && { dimensions }),
        ...(input_type !== undefined && { input_type }),
      });
      // Choices that have a default at the model, or no word in OpenAI’s API.
      const plain = (json: unknown) =>
        JSON.parse(
          JSON.stringify(json)
            .replaceAll(/,"(?:normalize|truncate)":(?:true|"\w+")/g, '')
            .replaceAll(/"truncationMode":"\w+"/g, '"truncationMode":""')
            .replaceAll(/"embeddingPurpose":"\w+"/g, '"embeddingPurpose":""'),
        );
      expect({ id, written: plain(written) }).toEqual({ id, written: plain(request.body) });
    }
  });

  test('every recorded reply, for a client of OpenAI’s API: the same numbers, in both forms', () => {
    let vectors = 0;
    const replies = [
      ...gemini.map((exchange) => ({ ...exchange, from: exchange.dialect })),
      ...bedrock.map((exchange) => ({ ...exchange, from: bedrockEmbed })),
    ].filter(succeeded);
    for (const { id, response, from } of replies) {
      const json = response.body ?? {};
      const headers = new Headers(response.headers);
      const floats = crossReply(from, openaiEmbeddings, json, { head, headers });
      expect({ id, errors: openaiErrors('CreateEmbeddingResponse', floats.written) }).toEqual({
        id,
        errors: [],
      });
      const counted = usageOf(from.speak.readReply(json, headers));
      expect({ id, losses: floats.losses }).toEqual({ id, losses: counted ? [] : ['reply usage'] });
      const recorded = from.speak.readReply(json).vectors ?? [];
      expect(vectorsOf(floats.written)).toEqual(recorded.map(floatsOf));
      const base64 = crossReply(from, openaiEmbeddings, json, { head: { ...head, asBase64: true }, headers });
      expect(
        (base64.written.data as JsonObject[]).every(({ embedding }) => typeof embedding === 'string'),
      ).toBe(true);
      // Models compute in 32 bits and fewer: nothing is lost that was ever there.
      expect(vectorsOf(base64.written)).toEqual(recorded.map((vector) => floatsOf(vector).map(Math.fround)));
      vectors += recorded.length;
    }
    process.stdout.write(`embeddings for OpenAI: ${replies.length} replies, ${vectors} vectors\n`);
    expect(replies.length).toBe(24);
  });

  test('every recorded reply of OpenAI’s API, for Google’s clients', () => {
    let vectors = 0;
    for (const { id, response } of openai.filter(succeeded)) {
      const json = response.body ?? {};
      const { written } = crossReply(openaiEmbeddings, geminiBatchEmbed, json);
      expect({ id, faults: googleFaults('BatchEmbedContentsResponse', written) }).toEqual({ id, faults: [] });
      const values = (written.embeddings as JsonObject[]).map((item) => item.values);
      expect({ id, values }).toEqual({ id, values: asJson(vectorsOf(withFloats(json))) as number[][] });
      const single = crossReply(openaiEmbeddings, geminiEmbedContent, json).written;
      expect(googleFaults('EmbedContentResponse', single)).toEqual([]);
      expect((written.usageMetadata as JsonObject).promptTokenCount).toBeNumber();
      vectors += values.length;
    }
    process.stdout.write(`embeddings for Google: ${vectors} vectors\n`);
    expect(vectors).toBeGreaterThan(40);
  });

  test('base64 as recorded is base64 as written from its numbers', () => {
    const recorded = openai
      .filter(succeeded)
      .flatMap(({ response }) => (response.body?.data ?? []) as JsonObject[])
      .flatMap(({ embedding }) => (typeof embedding === 'string' ? [embedding] : []));
    for (const text of recorded) expect(base64Of([...floatsOf(text)])).toBe(text);
    expect(recorded.length).toBeGreaterThan(15);
  });

  test('mutilated requests and replies throw nothing but errors of the table', () => {
    const odd = [null, true, 7, '', 'x', [], [null], {}, { values: 7 }, { parts: 1 }];
    const all = [openaiEmbeddings, geminiBatchEmbed, geminiEmbedContent];
    const targets = [...all, cohereEmbed, bedrockEmbed, vertexPredict];
    const attempt = (work: () => unknown) => {
      try {
        work();
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(GatewayError);
      }
    };
    const requests = { openaiEmbeddings: openai[0], geminiBatchEmbed: gemini[0] };
    for (const from of all)
      for (const sample of Object.values(requests))
        for (const mutant of mutants(sample?.request.body ?? {}, odd))
          for (const to of targets)
            attempt(() => JSON.stringify(crossRequest(from, to, mutant, { model: 'm' }).written));
    for (const from of targets)
      for (const sample of [openai[0], gemini[0], bedrock[0]])
        for (const mutant of mutants(sample?.response.body ?? {}, odd))
          for (const to of all) attempt(() => JSON.stringify(crossReply(from, to, mutant, { head }).written));
  });
});

/** The object with each of its values, down to a few levels, exchanged for each of the odd ones. */
function* mutants(json: JsonObject, odd: readonly unknown[]): Generator<JsonObject> {
  for (const key of Object.keys(json)) {
    const value = json[key];
    for (const other of odd) yield { ...json, [key]: other } as JsonObject;
    if (isObject(value)) for (const inner of mutants(value, odd)) yield { ...json, [key]: inner };
    const [first] = Array.isArray(value) ? value : [];
    if (isObject(first)) for (const inner of mutants(first, odd)) yield { ...json, [key]: [inner] };
  }
}
