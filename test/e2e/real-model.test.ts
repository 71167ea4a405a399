/** A real language model, SmolLM2-135M in llama.cpp's own server, through the gateway by the openai npm package. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import OpenAI, { InternalServerError } from 'openai';
import { hangGuardMs } from '../support/each-mode.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { type Llama, startLlama } from '../support/llama.ts';
import { missingPart } from '../support/parts.ts';
import { modes } from '../support/stage.ts';
import { collect, thrownBy } from './openai-node/client.ts';

const reason = missingPart('model');
const title = reason === undefined ? 'a real model' : `a real model (skipped: ${reason})`;
const messages = [
  { role: 'user' as const, content: 'What is the capital of France? Answer in one sentence.' },
];
const request = { model: 'local/smollm2', messages, temperature: 0, max_tokens: 24 };

describe.skipIf(reason !== undefined)(title, () => {
  setDefaultTimeout(hangGuardMs);
  let chat: Llama;
  beforeAll(async () => {
    chat = await startLlama('chat');
  });
  afterAll(async () => await chat.stop());

  for (const mode of modes)
    describe(mode, () => {
      let gateway: RunningGateway;
      let client: OpenAI;
      beforeAll(async () => {
        gateway = await startGateway({
          env: {
            LOCAL_BASE_URL: chat.url,
            ...(mode === 'translated' ? { OPENGATEWAY_FORCE_TRANSLATE: '1' } : {}),
          },
        });
        client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: rootKey, maxRetries: 0 });
      });
      afterAll(async () => {
        await gateway.stop();
      });

      const logged = (requestId: string | null) =>
        eventually(
          () => gateway.logLines().find((line) => line.request_id === requestId),
          'the log line of the call',
        );

      test('is listed', async () => {
        const ids = (await collect(client.models.list())).map((model) => model.id);
        expect(ids).toContain('local/smollm2');
      });

      test('answers; the log counts the tokens the reply counts', async () => {
        const { data, request_id, response } = await client.chat.completions.create(request).withResponse();
        expect(data.choices[0]?.message.content).toMatch(/Paris/);
        expect(response.headers.get('x-opengateway-mode')).toBe(mode);
        expect(data.usage?.prompt_tokens).toBeGreaterThan(10);
        expect(await logged(request_id)).toMatchObject({
          provider: 'local',
          model: 'smollm2',
          mode,
          status: 200,
          input_tokens: data.usage?.prompt_tokens,
          output_tokens: data.usage?.completion_tokens,
        });
      });

      test('streams the same words; the log counts the tokens though the client did not ask', async () => {
        const whole = await client.chat.completions.create(request);
        const { data, request_id } = await client.chat.completions
          .create({ ...request, stream: true })
          .withResponse();
        const chunks = await collect(data);
        const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
        expect(text).toBe(whole.choices[0]?.message.content ?? '');
        expect(chunks.length).toBeGreaterThan(3);
        expect(chunks.filter((chunk) => chunk.usage || chunk.choices.length === 0)).toEqual([]);
        expect(await logged(request_id)).toMatchObject({
          stream: true,
          input_tokens: whole.usage?.prompt_tokens,
          output_tokens: whole.usage?.completion_tokens,
        });
      });

      test('streams usage to who asks, as the log counts it', async () => {
        const { data, request_id } = await client.chat.completions
          .create({ ...request, stream: true, stream_options: { include_usage: true } })
          .withResponse();
        const counted = (await collect(data)).filter((chunk) => chunk.usage);
        expect(counted.length).toBe(1);
        expect(await logged(request_id)).toMatchObject({
          input_tokens: counted[0]?.usage?.prompt_tokens,
          output_tokens: counted[0]?.usage?.completion_tokens,
        });
      });

      test('completes a text the old way', async () => {
        const reply = await client.completions.create({
          model: 'local/smollm2',
          prompt: 'The capital of France is',
          max_tokens: 6,
          temperature: 0,
        });
        expect(reply.choices[0]?.text).toMatch(/\w/);
      });

      test('a refusal of the real server is passed on as a typed exception', async () => {
        const error = await thrownBy(client.embeddings.create({ model: 'local/smollm2', input: 'one' }));
        expect(error).toBeInstanceOf(InternalServerError);
        expect(error).toMatchObject({ status: 501, type: 'not_supported_error' });
      });
    });
});
