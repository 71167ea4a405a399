/** Embeddings with the openai npm package: as floats, and in base64 as the SDK asks by default. */
import { expect, test } from 'bun:test';
import { eachMode } from '../../support/each-mode.ts';
import { vectorOf } from '../../support/scripted-plain.ts';
import { clientOf } from './client.ts';

eachMode('openai npm: embeddings', {}, (stage) => {
  const model = 'local/scripted-embed';
  const sent = () => JSON.parse(stage().upstream.received('scripted-embed').at(-1)?.body ?? 'null');
  const cases = [
    { title: 'default encoding', asked: {}, sent: 'base64' },
    { title: 'float', asked: { encoding_format: 'float' as const }, sent: 'float' },
  ];
  for (const { title, asked, sent: encoding } of cases)
    test(`${title}: the numbers of every input, in order`, async () => {
      const reply = await clientOf(stage()).embeddings.create({ model, input: ['one', 'two'], ...asked });
      expect(reply.data.map((item) => item.embedding)).toEqual([vectorOf(0), vectorOf(1)]);
      expect(reply.usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
      expect(sent()).toEqual({ model: 'scripted-embed', input: ['one', 'two'], encoding_format: encoding });
    });

  test('base64 asked for by name comes back as the string it is', async () => {
    const reply = await clientOf(stage()).embeddings.create({
      model,
      input: 'one',
      encoding_format: 'base64',
    });
    const text: unknown = reply.data[0]?.embedding;
    if (typeof text !== 'string') throw new Error('not a string');
    expect([...new Float32Array(Uint8Array.fromBase64(text).buffer)]).toEqual(vectorOf(0));
  });

  test('token ids and dimensions are passed on', async () => {
    const input = [
      [1, 2, 3],
      [4, 5],
    ];
    const reply = await clientOf(stage()).embeddings.create({ model, input, dimensions: 3 });
    expect(reply.data.map((item) => item.embedding.length)).toEqual([3, 3]);
    expect(sent()).toMatchObject({ input, dimensions: 3 });
  });
});
