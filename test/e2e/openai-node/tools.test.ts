/** Tools with the openai npm package: the two-step loop, the SDK's own loop, and arguments in pieces. */
import { expect, test } from 'bun:test';
import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { eachMode } from '../../support/each-mode.ts';
import { clientOf, collect } from './client.ts';

const tool = (name: string, parameter: string, type: string): ChatCompletionFunctionTool => ({
  type: 'function',
  function: {
    name,
    description: `Looks up the ${name}.`,
    parameters: { type: 'object', properties: { [parameter]: { type } }, required: [parameter] },
  },
});
const weather = tool('get_weather', 'city', 'string');
const time = tool('get_time', 'offset', 'integer');
const question: ChatCompletionMessageParam = { role: 'user', content: 'Weather in Paris?' };

eachMode('openai npm: tools', {}, (stage) => {
  test('two steps: the call, then the answer made of its result', async () => {
    const { completions } = clientOf(stage()).chat;
    const model = 'local/scripted-chat';
    const first = await completions.create({ model, messages: [question], tools: [weather] });
    const message = first.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    if (!message || call?.type !== 'function') throw new Error('no tool call');
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call.function).toEqual({ name: 'get_weather', arguments: '{"city":"Paris"}' });
    const messages: ChatCompletionMessageParam[] = [
      question,
      message,
      { role: 'tool', tool_call_id: call.id, content: 'sunny, 20 °C' },
    ];
    const second = await completions.create({ model, messages, tools: [weather] });
    expect(second.choices[0]?.message.content).toBe('The tool said: sunny, 20 °C');
    const sent = JSON.parse(stage().upstream.received('scripted-chat').at(-1)?.body ?? 'null');
    expect(sent.messages).toEqual(JSON.parse(JSON.stringify(messages)));
    expect(sent.tools).toEqual([weather]);
  });

  test('runTools goes through the loop by itself', async () => {
    const runner = clientOf(stage()).chat.completions.runTools({
      model: 'local/scripted-chat',
      messages: [question],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Looks up the weather.',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => `rain in ${city}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('The tool said: rain in Paris');
  });

  test('streamed: the arguments of two calls arrive in pieces and join to JSON', async () => {
    const request = { model: 'local/scripted-parallel', messages: [question], tools: [weather, time] };
    const client = clientOf(stage());
    const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
    const joined = ['', ''];
    for (const chunk of chunks)
      for (const part of chunk.choices[0]?.delta.tool_calls ?? [])
        joined[part.index] += part.function?.arguments ?? '';
    expect(joined).toEqual(['{"city":"Paris"}', '{"offset":42}']);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');

    const whole = await client.chat.completions.stream(request).finalMessage();
    expect(whole.tool_calls?.map((call) => call.type === 'function' && call.function.name)).toEqual([
      'get_weather',
      'get_time',
    ]);
  });

  test('tool_choice by name and none are obeyed', async () => {
    const { completions } = clientOf(stage()).chat;
    const request = { model: 'local/scripted-chat', messages: [question], tools: [weather, time] };
    const named = await completions.create({
      ...request,
      tool_choice: { type: 'function', function: { name: 'get_time' } },
    });
    expect(named.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_time' } });
    const none = await completions.create({ ...request, tool_choice: 'none' });
    expect(none.choices[0]?.message.content).toBe('You said: Weather in Paris?');
  });
});
