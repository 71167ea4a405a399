/** The openai package: Chat Completions and Responses. */
import OpenAI from 'openai';
import { type Answer, answerSchema, type Client, type Gateway, prompt, tool, weather } from './client.ts';

const errors = { limited: 'RateLimitError', missing: 'NotFoundError' };
const user = (content: OpenAI.ChatCompletionUserMessageParam['content']) => ({
  role: 'user' as const,
  content,
});

export function openaiClients({ url, key }: Gateway): Client[] {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const counted = (text: string, usage: OpenAI.CompletionUsage | undefined | null): Answer => ({
    text,
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
  });

  const chat: Client = {
    name: 'openai (chat)',
    async plain(model) {
      const reply = await client.chat.completions.create({ model, messages: [user(prompt)] });
      return counted(reply.choices[0]?.message.content ?? '', reply.usage);
    },
    async streamed(model) {
      const stream = client.chat.completions.stream({
        model,
        messages: [user(prompt)],
        stream_options: { include_usage: true },
      });
      return counted((await stream.finalMessage()).content ?? '', await stream.totalUsage());
    },
    async tools(model) {
      const messages: OpenAI.ChatCompletionMessageParam[] = [user('Weather?')];
      for (let step = 0; step < 4; step++) {
        const { choices } = await client.chat.completions.create({
          model,
          messages,
          tools: [
            {
              type: 'function',
              function: { name: tool.name, description: tool.description, parameters: tool.schema },
            },
          ],
        });
        const message = choices[0]?.message;
        if (message?.tool_calls === undefined) return message?.content ?? '';
        messages.push(message);
        for (const call of message.tool_calls)
          if (call.type === 'function')
            messages.push({
              role: 'tool',
              tool_call_id: call.id,
              content: weather(JSON.parse(call.function.arguments).city),
            });
      }
      return 'no end';
    },
    async picture(model, png) {
      const content = [
        { type: 'text' as const, text: prompt },
        { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${png}` } },
      ];
      const reply = await client.chat.completions.create({ model, messages: [user(content)] });
      return reply.choices[0]?.message.content ?? '';
    },
    async structured(model) {
      const reply = await client.chat.completions.create({
        model,
        messages: [user(prompt)],
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'answer', schema: answerSchema, strict: true },
        },
      });
      return JSON.parse(reply.choices[0]?.message.content ?? '');
    },
    errors,
  };

  const responses: Client = {
    name: 'openai (responses)',
    async plain(model) {
      const { output_text: text, usage } = await client.responses.create({ model, input: prompt });
      return { text, inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens };
    },
    async streamed(model) {
      const stream = client.responses.stream({ model, input: prompt });
      let streamed = '';
      stream.on('response.output_text.delta', ({ delta }) => {
        streamed += delta;
      });
      const { output_text: text, usage } = await stream.finalResponse();
      if (streamed !== text) throw new Error(`streamed ${streamed}, ended as ${text}`);
      return { text, inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens };
    },
    async tools(model) {
      const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'Weather?' }];
      for (let step = 0; step < 4; step++) {
        const reply = await client.responses.create({
          model,
          input,
          store: false,
          include: ['reasoning.encrypted_content'],
          tools: [
            {
              type: 'function',
              name: tool.name,
              description: tool.description,
              parameters: tool.schema,
              strict: true,
            },
          ],
        });
        const calls = reply.output.filter((item) => item.type === 'function_call');
        if (calls.length === 0) return reply.output_text;
        input.push(...(reply.output as OpenAI.Responses.ResponseInputItem[]));
        for (const call of calls)
          input.push({
            type: 'function_call_output',
            call_id: call.call_id,
            output: weather(JSON.parse(call.arguments).city),
          });
      }
      return 'no end';
    },
    async picture(model, png) {
      const reply = await client.responses.create({
        model,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: prompt },
              { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' },
            ],
          },
        ],
      });
      return reply.output_text;
    },
    async structured(model) {
      const reply = await client.responses.create({
        model,
        input: prompt,
        text: { format: { type: 'json_schema', name: 'answer', schema: answerSchema, strict: true } },
      });
      return JSON.parse(reply.output_text);
    },
    errors,
  };
  return [chat, responses];
}
