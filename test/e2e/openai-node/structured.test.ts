/** Structured output with the openai npm package: response_format json_schema and the parse helpers. */
import { expect, test } from 'bun:test';
import { makeParseableResponseFormat } from 'openai/lib/parser';
import type { ResponseFormatJSONSchema } from 'openai/resources/shared';
import { eachMode } from '../../support/each-mode.ts';
import { clientOf, hello } from './client.ts';

interface City {
  name: string;
  population: number;
  capital: boolean;
  districts: { name: string }[];
}
const district = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const format: ResponseFormatJSONSchema = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        population: { type: 'integer' },
        capital: { type: 'boolean' },
        districts: { type: 'array', items: { $ref: '#/$defs/district' } },
      },
      required: ['name', 'population', 'capital', 'districts'],
      additionalProperties: false,
      $defs: { district },
    },
  },
};
const city: City = { name: 'Paris', population: 42, capital: true, districts: [{ name: 'Paris' }] };
const parseable = makeParseableResponseFormat<City>(format, (text) => JSON.parse(text));

eachMode('openai npm: structured output', {}, (stage) => {
  const request = { model: 'local/scripted-chat', messages: hello };

  test('create: the content is JSON by the schema, which reached the upstream whole', async () => {
    const reply = await clientOf(stage()).chat.completions.create({ ...request, response_format: format });
    expect(JSON.parse(reply.choices[0]?.message.content ?? '')).toEqual(city);
    const sent = JSON.parse(stage().upstream.received('scripted-chat').at(-1)?.body ?? 'null');
    expect(sent.response_format).toEqual(format);
  });

  test('parse: the message holds the parsed value', async () => {
    const { completions } = clientOf(stage()).chat;
    const reply = await completions.parse({ ...request, response_format: parseable });
    expect(reply.choices[0]?.message.parsed).toEqual(city);
  });

  test('stream: the last message holds the parsed value', async () => {
    const { completions } = clientOf(stage()).chat;
    const reply = await completions.stream({ ...request, response_format: parseable }).finalChatCompletion();
    expect(reply.choices[0]?.message.parsed).toEqual(city);
  });
});
