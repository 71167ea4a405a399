/** The echo model: deterministic, the same whole and streamed, and never a fault whatever it is asked. */

import { describe, expect, test } from 'bun:test';
import { foldReply, textIn } from '../../src/core/fold.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { createDemoProvider } from '../../src/providers/demo.ts';
import { fetchThrough } from '../support/fetch-through.ts';
import { readChunk } from '../support/trips.ts';

const { transport: carrier, baseUrl } = createDemoProvider();
const transport = fetchThrough(carrier);
const ask = async (fields: JsonObject) =>
  await transport(`${baseUrl}/chat/completions`, { body: JSON.stringify({ model: 'echo', ...fields }) });
const said = (content: unknown) => ({ messages: [{ role: 'user', content }] }) as JsonObject;

async function chunksOf(fields: JsonObject): Promise<JsonObject[]> {
  const text = await (await ask({ ...fields, stream: true })).text();
  expect(text).toEndWith('data: [DONE]\n\n');
  const events = text.split('\n\n').filter((event) => event.startsWith('data: {'));
  return events.map((event) => JSON.parse(event.slice(6)) as JsonObject);
}

const contents: [unknown, string][] = [
  ['Hello  there, é漢😀!', 'Echo: Hello  there, é漢😀!'],
  ['  spaced \n out ', 'Echo: spaced \n out'],
  ['', 'Echo: (nothing was said)'],
  [null, 'Echo: (nothing was said)'],
  [5, 'Echo: (nothing was said)'],
  [[{ type: 'text', text: 'a' }, { type: 'image_url' }, 'odd', { text: 'b' }], 'Echo: a   b'],
];

test.each(contents)('%j is answered by %j, whole and streamed', async (content, answer) => {
  const whole = (await (await ask(said(content))).json()) as JsonObject;
  const folded = foldReply([openaiChat.speak.readReply(whole)]);
  const [choice] = folded.choices;
  expect([textIn(choice, 'text'), choice?.finish?.reason]).toEqual([answer, 'stop']);
  const chunks = await chunksOf({ ...said(content), stream_options: { include_usage: true } });
  expect(foldReply(chunks.map((chunk) => readChunk(openaiChat, chunk)))).toEqual(folded);
});

test('the same question gets the same bytes', async () => {
  for (const stream of [false, true]) {
    const answers = await Promise.all(
      [1, 2, 3].map(async () => await (await ask({ ...said('x'), stream })).text()),
    );
    expect(new Set(answers).size).toBe(1);
  }
});

test('the last thing a user said is answered', async () => {
  const roles = ['system', 'user', 'assistant', 'user', 'assistant'];
  const messages = roles.map((role, at) => ({ role, content: `${role} ${at}` }));
  expect(await (await ask({ messages })).text()).toContain('"content":"Echo: user 3"');
});

test('usage adds up, and is streamed only when asked for', async () => {
  const whole = (await (await ask(said('one two three'))).json()) as JsonObject;
  expect(whole.usage).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
  const silent = await chunksOf(said('one two three'));
  expect(silent.every((chunk) => !('usage' in chunk))).toBe(true);
  const [last] = (
    await chunksOf({ ...said('one two three'), stream_options: { include_usage: true } })
  ).slice(-1);
  expect(last).toMatchObject({ choices: [], usage: whole.usage as JsonObject });
});

test('a stream comes word by word', async () => {
  expect((await chunksOf(said('one two three'))).length).toBe(1 + 4 + 1);
});

describe('what it does not have', () => {
  test('another model is not found', async () => {
    const response = await transport(`${baseUrl}/chat/completions`, { body: '{"model":"gpt-4o"}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });

  test.each([
    {},
    { messages: [] },
    { messages: 'x' },
    { messages: [null, 5] },
    { messages: [{ role: 'user' }] },
  ])('and %j is answered all the same', async (fields) => {
    expect(await (await ask(fields as JsonObject)).text()).toContain('(nothing was said)');
  });
});

test('its model is listed', async () => {
  const list = (await (await transport(`${baseUrl}/models`, {})).json()) as { data: { id: string }[] };
  expect(list.data.map((entry) => entry.id)).toEqual(['echo']);
});
