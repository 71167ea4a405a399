/** Streamed chat with the openai npm package: the text, the end, and the usage chunk only for who asked. */
import { expect, test } from 'bun:test';
import { eachMode } from '../../support/each-mode.ts';
import { rootKey } from '../../support/gateway.ts';
import { promptTokens } from '../../support/scripted-chat.ts';
import { clientOf, collect, hello } from './client.ts';

const model = 'local/scripted-chat';
const usage = { prompt_tokens: promptTokens, completion_tokens: 4, total_tokens: promptTokens + 4 };

eachMode('openai npm: streaming', {}, (stage) => {
  const chunks = async (options: object) => {
    const request = { model, messages: hello, stream: true as const, ...options };
    return await collect(await clientOf(stage()).chat.completions.create(request));
  };

  const unasked = [
    { title: 'no stream_options', options: {} },
    { title: 'empty stream_options', options: { stream_options: {} } },
    { title: 'include_usage false', options: { stream_options: { include_usage: false } } },
  ];
  for (const { title, options } of unasked)
    test(`${title}: the text, and never a usage chunk`, async () => {
      const all = await chunks(options);
      expect(all.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
        'You said: hello there',
      );
      expect(all.at(-1)?.choices[0]?.finish_reason).toBe('stop');
      expect(all.filter((chunk) => chunk.choices.length === 0 || chunk.usage)).toEqual([]);
    });

  test('include_usage: exactly one usage chunk, the last', async () => {
    const all = await chunks({ stream_options: { include_usage: true } });
    const counted = all.filter((chunk) => chunk.usage);
    expect(counted.length).toBe(1);
    expect(counted[0]).toBe(all.at(-1));
    expect(counted[0]?.choices).toEqual([]);
    expect(counted[0]?.usage).toMatchObject(usage);
  });

  test('fields the gateway does not know are kept in every chunk', async () => {
    for (const chunk of await chunks({}))
      expect(chunk).toMatchObject({ system_fingerprint: 'fp_scripted', obfuscation: 'x7Qp' });
  });

  test('the stream helper ends with the whole reply', async () => {
    const stream = clientOf(stage()).chat.completions.stream({
      model,
      messages: hello,
      stream_options: { include_usage: true },
    });
    expect(await stream.finalContent()).toBe('You said: hello there');
    expect(await stream.totalUsage()).toMatchObject(usage);
  });

  test('on the wire: an event stream that ends with [DONE]', async () => {
    const response = await fetch(`${stage().baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: hello, stream: true }),
    });
    expect(response.headers.get('content-type')).toStartWith('text/event-stream');
    expect(response.headers.get('x-opengateway-mode')).toBe(stage().mode);
    const text = await response.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text.match(/\[DONE\]/g)?.length).toBe(1);
  });

  test('twenty streams at once do not mix', async () => {
    const client = clientOf(stage());
    const words = Array.from({ length: 20 }, (_, at) => `stream number ${at}`);
    const texts = await Promise.all(
      words.map((content) =>
        client.chat.completions.stream({ model, messages: [{ role: 'user', content }] }).finalContent(),
      ),
    );
    expect(texts).toEqual(words.map((content) => `You said: ${content}`));
  });
});
