/** Legacy completions with the openai npm package: whole and streamed, with and without usage. */
import { expect, test } from 'bun:test';
import { eachMode } from '../../support/each-mode.ts';
import { clientOf, collect } from './client.ts';

eachMode('openai npm: legacy completions', {}, (stage) => {
  const request = { model: 'local/scripted-chat', prompt: 'Once upon a time', max_tokens: 3 };

  test('whole', async () => {
    const reply = await clientOf(stage()).completions.create(request);
    expect(reply.object).toBe('text_completion');
    expect(reply.choices[0]?.text).toBe('and so on');
    expect(reply.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 });
    const sent = JSON.parse(stage().upstream.received('scripted-chat').at(-1)?.body ?? 'null');
    expect(sent).toEqual({ ...request, model: 'scripted-chat' });
  });

  for (const asked of [false, true])
    test(`streamed, usage ${asked ? 'asked for' : 'not asked for'}`, async () => {
      const options = asked ? { stream_options: { include_usage: true } } : {};
      const stream = await clientOf(stage()).completions.create({ ...request, ...options, stream: true });
      const chunks = await collect(stream);
      expect(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('')).toBe('and so on');
      expect(chunks.filter((chunk) => chunk.usage).length).toBe(asked ? 1 : 0);
      expect(chunks.filter((chunk) => chunk.choices.length === 0).length).toBe(asked ? 1 : 0);
    });
});
