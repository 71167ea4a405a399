/** The Vercel AI SDK with its providers. */
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createAzure } from '@ai-sdk/azure';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  tool as defineTool,
  generateObject,
  generateText,
  jsonSchema,
  type LanguageModel,
  stepCountIs,
  streamText,
} from 'ai';
import { answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

type Models = (model: string) => LanguageModel;

function clientOf(name: string, models: Models): Client {
  const quiet = { maxRetries: 0 } as const;
  const getWeather = defineTool({
    description: tool.description,
    inputSchema: jsonSchema<{ city: string }>({ ...tool.schema, required: [...tool.schema.required] }),
    execute: async ({ city }: { city: string }) => weather(city),
  });
  return {
    name: `ai-sdk (${name})`,
    async plain(id) {
      const { text, usage } = await generateText({ model: models(id), prompt, ...quiet });
      return { text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
    },
    async streamed(id) {
      let failed: unknown;
      const result = streamText({
        model: models(id),
        prompt,
        ...quiet,
        onError: ({ error }) => {
          failed = error;
        },
      });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      if (failed !== undefined) throw failed;
      const usage = await result.usage;
      return { text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
    },
    async tools(id) {
      const { text } = await generateText({
        model: models(id),
        prompt: 'Weather?',
        tools: { [tool.name]: getWeather },
        stopWhen: stepCountIs(4),
        ...quiet,
      });
      return text;
    },
    async picture(id, png) {
      const content = [
        { type: 'text' as const, text: prompt },
        { type: 'image' as const, image: png, mediaType: 'image/png' },
      ];
      return (await generateText({ model: models(id), messages: [{ role: 'user', content }], ...quiet }))
        .text;
    },
    async structured(id) {
      const schema = jsonSchema<{ answer: number }>({
        ...answerSchema,
        required: [...answerSchema.required],
      });
      return (await generateObject({ model: models(id), prompt, schema, ...quiet })).object;
    },
    errors: { limited: 'AI_APICallError', missing: 'AI_APICallError' },
  };
}

export function aiSdkClients({ url, key }: Gateway): Client[] {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  const azure = createAzure({ baseURL: `${url}/v1`, apiKey: key });
  const compatible = createOpenAICompatible({
    name: 'gateway',
    baseURL: `${url}/v1`,
    apiKey: key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const providers: Record<string, Models> = {
    openai: (id) => openai(id),
    'openai chat': (id) => openai.chat(id),
    anthropic: createAnthropic({ baseURL: `${url}/v1`, apiKey: key }),
    google: createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key }),
    bedrock: createAmazonBedrock({ baseURL: url, region: 'us-east-1', apiKey: key }),
    azure: (id) => azure(id),
    'openai-compatible': compatible,
  };
  return Object.entries(providers).map(([name, models]) => clientOf(name, models));
}
