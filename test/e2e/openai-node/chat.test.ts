/** Chat with the openai npm package: the reply, the headers, and what reaches the upstream. */
import { expect, test } from 'bun:test';
import { eachMode } from '../../support/each-mode.ts';
import { promptTokens } from '../../support/scripted-chat.ts';
import { clientOf, hello } from './client.ts';

eachMode('openai npm: chat', {}, (stage) => {
  const create = (model: string, extra: object = {}) =>
    clientOf(stage()).chat.completions.create({ model, messages: hello, ...extra });
  const sent = (model: string): Record<string, unknown> =>
    JSON.parse(stage().upstream.received(model).at(-1)?.body ?? 'null');

  test('a reply, as the upstream gave it', async () => {
    const reply = await create('local/scripted-chat');
    expect(reply.object).toBe('chat.completion');
    expect(reply.choices[0]?.message.content).toBe('You said: hello there');
    expect(reply.choices[0]?.finish_reason).toBe('stop');
    expect(reply.usage?.prompt_tokens).toBe(promptTokens);
    expect(reply.usage?.completion_tokens).toBe(4);
    expect(reply.usage?.completion_tokens_details?.reasoning_tokens).toBe(0);
    expect(reply).toMatchObject({ system_fingerprint: 'fp_scripted', x_vendor: { kept: true } });
  });

  test('headers tell the request id, the provider and the mode; rate limits are passed on', async () => {
    const { response, request_id } = await create('local/scripted-chat').withResponse();
    expect(request_id).toBeTruthy();
    expect(response.headers.get('x-opengateway-mode')).toBe(stage().mode);
    expect(response.headers.get('x-opengateway-provider')).toBe('local');
    expect(response.headers.get('x-opengateway-model')).toBe('scripted-chat');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('59');
  });

  const names = [
    { asked: 'fast', upstream: 'scripted-chat' },
    { asked: 'gpt-scripted-chat', upstream: 'gpt-scripted-chat' },
    { asked: 'openai/gpt-scripted-chat', upstream: 'gpt-scripted-chat' },
  ];
  for (const { asked, upstream } of names)
    test(`${asked} reaches the upstream as ${upstream}`, async () => {
      const before = stage().upstream.received(upstream).length;
      const reply = await create(asked);
      expect(reply.choices[0]?.message.content).toBe('You said: hello there');
      expect(stage().upstream.received(upstream).length).toBe(before + 1);
    });

  test('every field of the request reaches the upstream, known to the gateway or not', async () => {
    const fields = {
      temperature: 0.25,
      top_p: 0.5,
      seed: 7,
      stop: ['END'],
      max_completion_tokens: 99,
      metadata: { purpose: 'test' },
      reasoning_effort: 'low',
      logit_bias: { '50256': -100 },
      x_vendor_option: { deep: [1, { 2: 'three' }] },
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ada',
          content: [
            { type: 'text', text: 'hello there' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
          ],
        },
      ],
    };
    const reply = await create('local/scripted-parallel', fields);
    expect(reply.choices[0]?.message.content).toBe('You said: hello there');
    expect(sent('scripted-parallel')).toEqual({ model: 'scripted-parallel', ...fields });
  });

  test('text of every plane comes back unharmed', async () => {
    const content = 'naïve 東京 🧵 \u2028 "quotes" \\ back\nline \u0001';
    const reply = await clientOf(stage()).chat.completions.create({
      model: 'local/scripted-chat',
      messages: [{ role: 'user', content }],
    });
    expect(reply.choices[0]?.message.content).toBe(`You said: ${content}`);
  });
});
