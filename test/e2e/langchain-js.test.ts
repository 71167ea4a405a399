/** LangChain's OpenAI classes for JavaScript through the gateway: invoke, stream, tools, structure, embeddings. */
import { expect, test } from 'bun:test';
import { type AIMessageChunk, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { eachMode } from '../support/each-mode.ts';
import { rootKey } from '../support/gateway.ts';
import { vectorOf } from '../support/scripted-plain.ts';

const schemaOf = (name: string, properties: object) => ({
  title: name,
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const getWeather = tool((input) => `sunny in ${(input as { city: string }).city}`, {
  name: 'get_weather',
  description: 'Looks up the weather of a city.',
  schema: schemaOf('get_weather', { city: { type: 'string' } }),
});
const city = schemaOf('city', { name: { type: 'string' }, population: { type: 'integer' } });

eachMode('LangChain JS', {}, (stage) => {
  const settings = () => ({ apiKey: rootKey, maxRetries: 0, configuration: { baseURL: stage().baseURL } });
  const chat = () => new ChatOpenAI({ model: 'local/scripted-chat', ...settings() });
  const joined = async (stream: AsyncIterable<AIMessageChunk>) => {
    let whole: AIMessageChunk | undefined;
    for await (const chunk of stream) whole = whole?.concat(chunk) ?? chunk;
    return whole;
  };

  test('invoke', async () => {
    const reply = await chat().invoke('hello there');
    expect(reply.content).toBe('You said: hello there');
    expect(reply.usage_metadata).toMatchObject({ input_tokens: 11, output_tokens: 4 });
  });

  test('stream', async () => {
    const whole = await joined(await chat().stream('hello there'));
    expect(whole?.content).toBe('You said: hello there');
    expect(whole?.usage_metadata).toMatchObject({ input_tokens: 11, output_tokens: 4 });
  });

  test('tools: the call, its result and the answer', async () => {
    const bound = chat().bindTools([getWeather]);
    const question = new HumanMessage('Weather in Paris?');
    const first = await bound.invoke([question]);
    const call = first.tool_calls?.[0];
    if (!call) throw new Error('no tool call');
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Paris' } });
    const result = await getWeather.invoke({ ...call, type: 'tool_call' });
    const second = await bound.invoke([question, first, result]);
    expect(second.content).toBe('The tool said: sunny in Paris');
  });

  test('tools, streamed', async () => {
    const whole = await joined(await chat().bindTools([getWeather]).stream('Weather in Paris?'));
    expect(whole?.tool_calls?.[0]?.args).toEqual({ city: 'Paris' });
  });

  for (const method of ['jsonSchema', 'functionCalling'] as const)
    test(`structured output: ${method}`, async () => {
      const reply = await chat().withStructuredOutput(city, { method, name: 'city' }).invoke('hello there');
      expect(reply).toEqual({ name: 'Paris', population: 42 });
    });

  test('embeddings', async () => {
    const embeddings = new OpenAIEmbeddings({ model: 'local/scripted-embed', ...settings() });
    expect(await embeddings.embedDocuments(['one', 'two'])).toEqual([vectorOf(0), vectorOf(1)]);
    expect(await embeddings.embedQuery('one')).toEqual(vectorOf(0));
  });
});
