/** The OpenAI Agents SDK, over Responses and over Chat. */
import {
  Agent,
  tool as defineTool,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  setTracingDisabled,
} from '@openai/agents';
import OpenAI from 'openai';
import { answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

export function agentsClients({ url, key }: Gateway): Client[] {
  setTracingDisabled(true);
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const runner = new Runner({ tracingDisabled: true });
  const getWeather = defineTool({
    name: tool.name,
    description: tool.description,
    parameters: { ...tool.schema, required: [...tool.schema.required] },
    strict: true,
    execute: async (input) => weather((input as { city: unknown }).city),
  });
  const kinds = {
    responses: (model: string) => new OpenAIResponsesModel(openai as never, model),
    chat: (model: string) => new OpenAIChatCompletionsModel(openai as never, model),
  };
  return Object.entries(kinds).map(([name, models]): Client => {
    const agent = (model: string, more: object = {}) =>
      new Agent({ name: 'Agent', instructions: 'Be brief.', model: models(model), ...more });
    return {
      name: `openai-agents (${name})`,
      async plain(model) {
        const result = await runner.run(agent(model), prompt);
        const { inputTokens, outputTokens } = result.runContext.usage;
        return { text: String(result.finalOutput), inputTokens, outputTokens };
      },
      async streamed(model) {
        const result = await runner.run(agent(model), prompt, { stream: true });
        let text = '';
        for await (const piece of result.toTextStream()) text += piece;
        await result.completed;
        const { inputTokens, outputTokens } = result.runContext.usage;
        return { text, inputTokens, outputTokens };
      },
      tools: async (model) =>
        String(
          (await runner.run(agent(model, { tools: [getWeather] }), 'Weather?', { maxTurns: 4 })).finalOutput,
        ),
      async picture(model, png) {
        const content = [
          { type: 'input_text' as const, text: prompt },
          { type: 'input_image' as const, image: `data:image/png;base64,${png}` },
        ];
        return String((await runner.run(agent(model), [{ role: 'user', content }])).finalOutput);
      },
      async structured(model) {
        const outputType = {
          type: 'json_schema',
          name: 'answer',
          strict: true,
          schema: { ...answerSchema, required: [...answerSchema.required] },
        };
        return (await runner.run(agent(model, { outputType }), prompt)).finalOutput;
      },
      errors: { limited: 'RateLimitError', missing: 'NotFoundError' },
    };
  });
}
