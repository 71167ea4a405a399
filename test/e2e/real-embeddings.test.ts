/** Embeddings of a real model in llama.cpp's own server, declared in the config file as a provider of its own. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import OpenAI from 'openai';
import { hangGuardMs } from '../support/each-mode.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { type Llama, startLlama } from '../support/llama.ts';
import { missingPart } from '../support/parts.ts';
import { modes } from '../support/stage.ts';

const reason = missingPart('model');
const title = reason === undefined ? 'real embeddings' : `real embeddings (skipped: ${reason})`;
const model = 'embedder/smollm2';
const cat = 'A cat sleeps on the sofa.';
const kitten = 'A kitten naps on the couch.';
const rates = 'Interest rates rose in May.';

const length = (vector: number[]) => Math.hypot(...vector);
const cosine = (one: number[], two: number[]) =>
  one.reduce((sum, value, at) => sum + value * (two[at] ?? 0), 0) / length(one) / length(two);

describe.skipIf(reason !== undefined)(title, () => {
  setDefaultTimeout(hangGuardMs);
  let embedder: Llama;
  beforeAll(async () => {
    embedder = await startLlama('embeddings');
  });
  afterAll(async () => await embedder.stop());

  for (const mode of modes)
    describe(mode, () => {
      let gateway: RunningGateway;
      let client: OpenAI;
      beforeAll(async () => {
        gateway = await startGateway({
          env: mode === 'translated' ? { OPENGATEWAY_FORCE_TRANSLATE: '1' } : {},
          config: { providers: { embedder: { baseUrl: embedder.url, prefixes: ['embedder/'] } } },
        });
        client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: rootKey, maxRetries: 0 });
      });
      afterAll(async () => {
        await gateway.stop();
      });

      const embed = async (input: string) =>
        (await client.embeddings.create({ model, input })).data[0]?.embedding ?? [];

      test('like is nearer to like', async () => {
        const [one, two, three] = [await embed(cat), await embed(kitten), await embed(rates)];
        expect(one.length).toBe(576);
        expect(cosine(one, two)).toBeGreaterThan(cosine(one, three));
      });

      test('the two encodings of a batch say the same', async () => {
        const input = [cat, kitten, rates];
        const base64 = await client.embeddings.create({ model, input });
        const floats = await client.embeddings.create({ model, input, encoding_format: 'float' });
        expect(floats.data.length).toBe(3);
        floats.data.forEach(({ embedding }, at) => {
          expect(cosine(embedding, base64.data[at]?.embedding ?? [])).toBeGreaterThan(0.999);
        });
      });

      test('the log counts the tokens the reply counts', async () => {
        const { data, request_id } = await client.embeddings.create({ model, input: cat }).withResponse();
        const find = () => gateway.logLines().find((line) => line.request_id === request_id);
        expect(data.usage.prompt_tokens).toBeGreaterThan(3);
        expect(await eventually(find, 'the log line of the call')).toMatchObject({
          provider: 'embedder',
          model: 'smollm2',
          mode,
          status: 200,
          input_tokens: data.usage.prompt_tokens,
        });
      });
    });
});
