/** Time-outs before and after the first byte and streams that fail half-way, with the openai npm package. */
import { expect, test } from 'bun:test';
import { InternalServerError } from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { rootKey } from '../../support/gateway.ts';
import { apiErrorBy, clientOf, hello } from './client.ts';

const failures = [
  { model: 'scripted-stall-midstream', code: 'upstream_timeout' },
  { model: 'scripted-midstream-error', code: 'engine_down' },
  { model: 'scripted-midstream-truncated', code: 'upstream_incomplete' },
  { model: 'scripted-midstream-reset', code: 'upstream_incomplete' },
  { model: 'scripted-midstream-garbage', code: 'upstream_malformed' },
];

eachMode('openai npm: silence and failure', {}, (stage) => {
  const create = (model: string) =>
    clientOf(stage()).chat.completions.create({ model: `local/${model}`, messages: hello });

  for (const stream of [false, true])
    test(`no first byte${stream ? ', streamed' : ''}: a gateway time-out, and the upstream is let go`, async () => {
      const request = { model: 'local/scripted-stall', messages: hello, stream };
      const error = await apiErrorBy(clientOf(stage()).chat.completions.create(request));
      expect(error).toBeInstanceOf(InternalServerError);
      expect({ status: error.status, code: error.code }).toEqual({ status: 504, code: 'upstream_timeout' });
      expect(
        stage()
          .upstream.received('scripted-stall')
          .every((call) => call.aborted),
      ).toBe(true);
    });

  test('silence after the first byte of a whole reply is the same', async () => {
    const error = await apiErrorBy(create('scripted-stall-midstream'));
    expect({ status: error.status, code: error.code }).toEqual({ status: 504, code: 'upstream_timeout' });
  });

  for (const { model, code } of failures) {
    test(`${model}: what came is delivered, then an APIError`, async () => {
      const client = clientOf(stage());
      const request = { model: `local/${model}`, messages: hello, stream: true as const };
      const seen: string[] = [];
      const error = await apiErrorBy(
        (async () => {
          for await (const chunk of await client.chat.completions.create(request))
            seen.push(chunk.choices[0]?.delta.content ?? '');
        })(),
      );
      expect(seen).toEqual(['Half ']);
      expect(error.code).toBe(code);
    });

    test(`${model}: on the wire an error event ends the stream, without [DONE]`, async () => {
      const response = await fetch(`${stage().baseURL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: `local/${model}`, messages: hello, stream: true }),
      });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).not.toContain('[DONE]');
      const last = text.split('\n').findLast((line) => line.startsWith('data: ')) ?? '';
      expect(JSON.parse(last.slice(6))).toMatchObject({
        error: { message: expect.stringMatching(/\w/), type: expect.stringMatching(/\w/), code },
      });
    });
  }

  test('the first byte comes at once, and heartbeats fill the silence', async () => {
    const response = await fetch(`${stage().baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'local/scripted-stall-midstream', messages: hello, stream: true }),
    });
    expect((await response.text()).split('\n').some((line) => line.startsWith(':'))).toBe(true);
  });
});
