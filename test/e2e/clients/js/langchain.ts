/** LangChain with its providers. */

import { ChatAnthropic } from '@langchain/anthropic';
import { ChatBedrockConverse } from '@langchain/aws';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { ChatOpenAI } from '@langchain/openai';
import { bedrockRuntime } from './aws.ts';
import { type Answer, answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

type Models = (model: string) => BaseChatModel;

function answerOf(message: AIMessage | AIMessageChunk): Answer {
  return {
    text: message.text,
    inputTokens: message.usage_metadata?.input_tokens,
    outputTokens: message.usage_metadata?.output_tokens,
  };
}

function clientOf(name: string, models: Models, errors: Client['errors']): Client {
  const definition = {
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: tool.schema },
  };
  return {
    name: `langchain (${name})`,
    plain: async (id) => answerOf((await models(id).invoke(prompt)) as AIMessage),
    async streamed(id) {
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await models(id).stream(prompt))
        whole = whole === undefined ? (chunk as AIMessageChunk) : whole.concat(chunk as AIMessageChunk);
      return whole === undefined ? { text: '' } : answerOf(whole);
    },
    async tools(id) {
      const bound = models(id).bindTools?.([definition]);
      if (bound === undefined) throw new Error('takes no tools');
      const messages: BaseMessage[] = [new HumanMessage('Weather?')];
      for (let step = 0; step < 4; step++) {
        const reply = (await bound.invoke(messages)) as AIMessage;
        const calls = reply.tool_calls ?? [];
        if (calls.length === 0) return reply.text;
        messages.push(reply);
        for (const call of calls)
          messages.push(
            new ToolMessage({
              content: weather(call.args.city),
              tool_call_id: call.id ?? '',
              name: call.name,
            }),
          );
      }
      return 'no end';
    },
    async picture(id, png) {
      const content = [
        { type: 'text', text: prompt },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
      ];
      return ((await models(id).invoke([new HumanMessage({ content })])) as AIMessage).text;
    },
    async structured(id) {
      // By a tool of its own making where the provider's class prefers that: the scenario answers by schema alone.
      const shaped = models(id).withStructuredOutput(answerSchema, { method: 'jsonSchema', name: 'answer' });
      return await shaped.invoke(prompt);
    },
    errors,
  };
}

export function langchainClients(gateway: Gateway): Client[] {
  const { url, key: apiKey } = gateway;
  const openai = { limited: 'RateLimitError', missing: 'NotFoundError' };
  const configuration = { baseURL: `${url}/v1` };
  return [
    clientOf('openai', (model) => new ChatOpenAI({ model, apiKey, configuration, maxRetries: 0 }), openai),
    clientOf(
      'openai responses',
      (model) => new ChatOpenAI({ model, apiKey, configuration, useResponsesApi: true, maxRetries: 0 }),
      openai,
    ),
    clientOf(
      'anthropic',
      (model) => new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxRetries: 0 }),
      openai,
    ),
    clientOf(
      'google-genai',
      (model) => new ChatGoogleGenerativeAI({ model, apiKey, baseUrl: url, maxRetries: 0 }),
      { limited: 'RateLimitCapacityError', missing: 'GoogleGenerativeAIFetchError' },
    ),
    clientOf(
      'aws',
      (model) =>
        new ChatBedrockConverse({
          model,
          region: 'us-east-1',
          client: bedrockRuntime(gateway),
          maxRetries: 0,
        }),
      { limited: 'ThrottlingException', missing: 'ResourceNotFoundException' },
    ),
  ];
}
