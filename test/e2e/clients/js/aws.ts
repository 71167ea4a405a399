/** The AWS client of Bedrock. Its default handler speaks HTTP/2 alone, so it is given the HTTP/1.1 one. */
import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type Message,
  type TokenUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

export function bedrockRuntime({ url, key }: Gateway): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: url,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
  });
}

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });

export function awsClients(gateway: Gateway): Client[] {
  const client = bedrockRuntime(gateway);
  const converse = async (modelId: string, input: Omit<ConverseCommandInput, 'modelId'>) => {
    const reply = await client.send(new ConverseCommand({ modelId, ...input }));
    const content = reply.output?.message?.content ?? [];
    return { reply, content, text: content.map(({ text }) => text ?? '').join('') };
  };
  const total = (
    usage: { inputTokens?: number | undefined; cacheReadInputTokens?: number | undefined } | undefined,
  ) => (usage?.inputTokens ?? 0) + (usage?.cacheReadInputTokens ?? 0);
  return [
    {
      name: 'aws-sdk (converse)',
      async plain(model) {
        const { reply, text } = await converse(model, { messages: [user({ text: prompt })] });
        return { text, inputTokens: total(reply.usage), outputTokens: reply.usage?.outputTokens };
      },
      async streamed(model) {
        const command = new ConverseStreamCommand({ modelId: model, messages: [user({ text: prompt })] });
        let text = '';
        let usage: TokenUsage | undefined;
        for await (const event of (await client.send(command)).stream ?? []) {
          text += event.contentBlockDelta?.delta?.text ?? '';
          usage = event.metadata?.usage ?? usage;
        }
        return { text, inputTokens: total(usage), outputTokens: usage?.outputTokens };
      },
      async tools(model) {
        const messages: Message[] = [user({ text: 'Weather?' })];
        const inputSchema = { json: { ...tool.schema, required: [...tool.schema.required] } };
        const toolConfig = {
          tools: [{ toolSpec: { name: tool.name, description: tool.description, inputSchema } }],
        };
        for (let step = 0; step < 4; step++) {
          const { content, text } = await converse(model, { messages, toolConfig });
          const calls = content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse]));
          if (calls.length === 0) return text;
          messages.push({ role: 'assistant', content });
          messages.push(
            user(
              ...calls.map(({ toolUseId, input }) => ({
                toolResult: { toolUseId, content: [{ text: weather((input as { city: unknown }).city) }] },
              })),
            ),
          );
        }
        return 'no end';
      },
      async picture(model, png) {
        const bytes = Buffer.from(png, 'base64');
        const image = { format: 'png' as const, source: { bytes } };
        return (await converse(model, { messages: [user({ text: prompt }, { image })] })).text;
      },
      async structured(model) {
        const schema = JSON.stringify(answerSchema);
        const outputConfig = {
          textFormat: { type: 'json_schema' as const, structure: { jsonSchema: { schema, name: 'answer' } } },
        };
        return JSON.parse((await converse(model, { messages: [user({ text: prompt })], outputConfig })).text);
      },
      errors: { limited: 'ThrottlingException', missing: 'ResourceNotFoundException' },
    },
  ];
}
