/** The Anthropic package. */
import Anthropic from '@anthropic-ai/sdk';
import { type Answer, answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

export function anthropicClients({ url, key }: Gateway): Client[] {
  const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  const textOf = (message: Anthropic.Message) =>
    message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  // Cached input is counted beside the rest.
  const counted = (message: Anthropic.Message): Answer => ({
    text: textOf(message),
    inputTokens:
      message.usage.input_tokens +
      (message.usage.cache_read_input_tokens ?? 0) +
      (message.usage.cache_creation_input_tokens ?? 0),
    outputTokens: message.usage.output_tokens,
  });
  const user = (content: Anthropic.MessageParam['content']) => ({ role: 'user' as const, content });
  return [
    {
      name: 'anthropic',
      plain: async (model) =>
        counted(await client.messages.create({ model, max_tokens: 500, messages: [user(prompt)] })),
      async streamed(model) {
        let streamed = '';
        const stream = client.messages.stream({ model, max_tokens: 500, messages: [user(prompt)] });
        stream.on('text', (text) => {
          streamed += text;
        });
        const answer = counted(await stream.finalMessage());
        if (streamed !== answer.text) throw new Error(`streamed ${streamed}, ended as ${answer.text}`);
        return answer;
      },
      async tools(model) {
        const messages: Anthropic.MessageParam[] = [user('Weather?')];
        for (let step = 0; step < 4; step++) {
          const reply = await client.messages.create({
            model,
            max_tokens: 4000,
            thinking: { type: 'enabled', budget_tokens: 1024 },
            messages,
            tools: [
              {
                name: tool.name,
                description: tool.description,
                input_schema: { ...tool.schema, required: [...tool.schema.required] },
              },
            ],
          });
          const calls = reply.content.filter((block) => block.type === 'tool_use');
          if (calls.length === 0) return textOf(reply);
          messages.push({ role: 'assistant', content: reply.content });
          messages.push(
            user(
              calls.map(({ id, input }) => ({
                type: 'tool_result' as const,
                tool_use_id: id,
                content: weather((input as { city: unknown }).city),
              })),
            ),
          );
        }
        return 'no end';
      },
      async picture(model, png) {
        const content: Anthropic.ContentBlockParam[] = [
          { type: 'text', text: prompt },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
        ];
        return textOf(await client.messages.create({ model, max_tokens: 500, messages: [user(content)] }));
      },
      async structured(model) {
        const reply = await client.messages.create({
          model,
          max_tokens: 500,
          messages: [user(prompt)],
          output_config: { format: { type: 'json_schema', schema: { ...answerSchema } } },
        });
        return JSON.parse(textOf(reply));
      },
      errors: { limited: 'RateLimitError', missing: 'NotFoundError' },
    },
  ];
}
