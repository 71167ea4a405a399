/** A body on its way to a provider with quirks: to the byte where nothing has to change, adapted in both modes where it has. */
import { describe, expect, test } from 'bun:test';
import { Secret } from '../../src/core/secret.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { adaptTo, type Quirks } from '../../src/providers/quirks.ts';
import { chat, modes, reply, requestFor, stageWith } from './in-process.ts';

const quirks: Quirks = {
  streamUsage: false,
  maxTokensField: 'max_tokens',
  developerRole: false,
  refusedFields: ['store'],
};
const adapt = adaptTo(quirks);
if (adapt === undefined) throw new Error('there is nothing to test');

const quirky: Partial<Provider> = { quirks, adapt };

/** What the upstream was sent, and what the client was told. */
async function sent(body: unknown, mode: (typeof modes)[number], provider = quirky) {
  const seen: { body: string; headers: Headers; url: string }[] = [];
  const stage = stageWith({
    mode,
    provider,
    transport: async (url, init) => {
      seen.push({ url, body: String(init.body), headers: new Headers(init.headers) });
      return Response.json(reply);
    },
  });
  const { response } = await stage.call(requestFor('/v1/chat/completions', body));
  const [first] = seen;
  if (first === undefined) throw new Error('nothing was sent');
  return { ...first, response };
}

test('in pass-through the text stays as it was when no quirk is met', async () => {
  const text =
    '{ "model":"p/m", "seed": 12345678901234567890,\n "messages":[{"role":"user","content":"\\u0041"}] }';
  const { body, response } = await sent(text, 'passthrough');
  expect(body).toBe(text.replace('p/m', 'm'));
  expect(response.headers.has('x-opengateway-warnings')).toBe(false);
});

describe.each([...modes])('%s', (mode) => {
  test('what a quirk is about is changed, and nothing else', async () => {
    const { body, response } = await sent(
      {
        ...chat,
        max_completion_tokens: 5,
        x_vendor: [null],
        messages: [{ role: 'developer', content: 'd' }],
      },
      mode,
    );
    expect(JSON.parse(body)).toEqual({
      model: 'm',
      max_tokens: 5,
      x_vendor: [null],
      messages: [{ role: 'system', content: 'd' }],
    });
    expect(response.headers.get('x-opengateway-mode')).toBe(mode);
    expect(response.headers.has('x-opengateway-warnings')).toBe(false);
  });

  test('what is left out is named', async () => {
    const { body, response } = await sent({ ...chat, store: true }, mode);
    expect(JSON.parse(body)).toEqual({ ...chat, model: 'm' });
    expect(response.headers.get('x-opengateway-warnings')).toBe('dropped: store');
  });

  test('a model of its own name', async () => {
    const renaming = adaptTo({ streamUsage: true, modelNames: { m: 'vendor/m' } });
    const { body } = await sent(chat, mode, renaming && { adapt: renaming });
    expect(JSON.parse(body)).toEqual({ ...chat, model: 'vendor/m' });
  });
});

test('an address that ends in the version says it once', async () => {
  const { url } = await sent(chat, 'passthrough', { baseUrl: 'http://x/v1' });
  expect(url).toBe('http://x/v1/chat/completions');
});

test('a token that came later is no more to be seen than the key', async () => {
  const secrets: Secret[] = [];
  const stage = stageWith({
    provider: {
      secrets,
      async authorize({ headers }) {
        secrets.push(new Secret('token-of-the-hour'));
        return { ...headers, authorization: 'Bearer token-of-the-hour' };
      },
    },
    transport: async () =>
      Response.json(
        { error: { message: 'token-of-the-hour is no good', type: 'x', code: null, param: null } },
        { status: 403, headers: { 'retry-after': 'token-of-the-hour' } },
      ),
  });
  const { response, text } = await stage.call(requestFor('/v1/chat/completions', chat));
  expect(response.status).toBe(403);
  expect(text).toContain('[redacted] is no good');
  expect(JSON.stringify(response.headers.toJSON())).not.toContain('token-of-the-hour');
});
