/** Providers as the environment and the file make them together: built-in ones changed, own ones of any dialect. */
import { describe, expect, test } from 'bun:test';
import { Losses } from '../../src/core/losses.ts';
import { complaintsAbout, settingsFrom } from './read.ts';

const file = (providers: unknown) => ({ files: { 'opengateway.json': JSON.stringify({ providers }) } });
const acme = { baseUrl: 'https://acme.example/v1', apiKey: 'sk-acme-1' };

async function only(providers: unknown, environment: Record<string, string> = {}) {
  const [provider, ...others] = (await settingsFrom({ ...file(providers), environment })).providers;
  if (provider === undefined || others.length > 0) throw new Error('there is not one provider');
  return provider;
}

describe('one of one’s own', () => {
  test('speaks what it is said to, in that order', async () => {
    const { dialects } = await only({
      acme: { ...acme, dialects: ['openai-embeddings', 'gemini', 'openai-chat'] },
    });
    expect([...dialects]).toEqual(['openai-embeddings', 'gemini', 'openai-chat']);
  });

  test.each([
    [['anthropic-messages'], { 'x-api-key': 'sk-acme-1', 'anthropic-version': '2023-06-01' }],
    [['gemini'], { 'x-goog-api-key': 'sk-acme-1' }],
    [['openai-chat', 'anthropic-messages'], { authorization: 'Bearer sk-acme-1' }],
  ])('of %j gets its key as that API has it', async (dialects, headers) => {
    expect((await only({ acme: { ...acme, dialects } })).headers).toMatchObject(headers);
  });

  test('has the quirks, headers and filter it is said to have', async () => {
    const provider = await only({
      acme: {
        ...acme,
        quirks: {
          streamUsage: false,
          maxTokensField: 'max_tokens',
          listsModels: false,
          modelNames: { a: 'b' },
        },
        forwardHeaders: ['X-Trace'],
        replyHeaders: ['X-Cost'],
        betas: { allow: ['a-*'], deny: ['a-b'] },
      },
    });
    expect(provider).toMatchObject({
      quirks: { streamUsage: false, maxTokensField: 'max_tokens' },
      listsModels: false,
      forwardHeaders: ['x-trace'],
      replyHeaders: ['x-cost'],
      betas: { allow: ['a-*'], deny: ['a-b'] },
    });
    const route = { model: 'a', dialect: 'openai-chat', stream: false } as const;
    const body = { model: 'a', max_completion_tokens: 5 };
    expect(provider.adapt?.(body, route, new Losses())).toEqual({ model: 'b', max_tokens: 5 });
  });

  test('without a quirk has nothing to adapt', async () => {
    const provider = await only({ acme });
    expect(provider).not.toHaveProperty('adapt');
    expect(provider).not.toHaveProperty('url');
  });
});

describe('a built-in one', () => {
  test('keeps what the file does not change', async () => {
    const provider = await only({ mistral: { apiKey: 'sk-m-1', quirks: { seedField: 'seed' } } });
    expect(provider).toMatchObject({
      name: 'mistral',
      baseUrl: 'https://api.mistral.ai/v1',
      quirks: { streamUsage: false, seedField: 'seed', developerRole: false },
    });
  });

  test('of which the file leaves one dialect speaks that one, whatever the model', async () => {
    const { dialects, dialectsOf } = await only(
      { vertex: { dialects: ['gemini'] } },
      { GOOGLE_CLOUD_PROJECT: 'p' },
    );
    expect([...dialects]).toEqual(['gemini']);
    expect([...(dialectsOf?.('gemini-2.5-pro') ?? [])]).toEqual(['gemini']);
    expect([...(dialectsOf?.('claude-opus-4-1') ?? [])]).toEqual([]);
  });

  test('with a dialect below a path of its own is asked there', async () => {
    const { url } = await only({}, { DEEPSEEK_API_KEY: 'sk-d-1' });
    const route = { model: 'm', stream: false } as const;
    const of = (dialect: 'openai-chat' | 'anthropic-messages', path: string) =>
      url?.({ ...route, dialect, path });
    expect(of('openai-chat', '/chat/completions')).toBe('https://api.deepseek.com/chat/completions');
    for (const path of ['/messages', '/v1/messages'])
      expect(of('anthropic-messages', path)).toBe('https://api.deepseek.com/anthropic/v1/messages');
  });

  test('that needs more than a variable is made of the file alone', async () => {
    const provider = await only({ azure: { baseUrl: 'https://r.openai.azure.com', apiKey: 'azure-key' } });
    expect(provider).toMatchObject({ name: 'azure', baseUrl: 'https://r.openai.azure.com/openai/v1' });
    expect(provider.headers).toMatchObject({ 'api-key': 'azure-key' });
    expect(provider.headers).not.toHaveProperty('authorization');
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    'a key without an address',
    { AZURE_OPENAI_API_KEY: 'k' },
    /^environment AZURE_OPENAI_API_KEY {2}.*AZURE_OPENAI_ENDPOINT/,
  ],
  [
    'an address without a credential',
    { AZURE_OPENAI_ENDPOINT: 'https://r' },
    /^environment AZURE_OPENAI_ENDPOINT {2}.*AZURE_OPENAI_API_KEY/,
  ],
  [
    'no such file',
    { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere' },
    /^environment GOOGLE_APPLICATION_CREDENTIALS {2}.*ENOENT/,
  ],
])('%s: the variable is named', async (_what, environment, said) => {
  const complaints = await complaintsAbout({ environment });
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(said);
});

test.each<[string, RegExp]>([
  [
    '{"providers": {"acme": {"baseUrl": "http://x",\n "forwardHeaders": ["x-a", "Authorization"]}}}',
    /^opengateway\.json:2:28 {2}.*'Authorization' is never passed on/,
  ],
  [
    '{"providers": {"acme": {"baseUrl": "http://x",\n "forwardHeaders": ["x a"]}}}',
    /^opengateway\.json:2:21 {2}/,
  ],
  [
    '{"providers": {"acme": {"baseUrl": "http://x",\n "betas": {"alow": []}}}}',
    /^opengateway\.json:2:12 {2}unknown key 'alow'\. Did you mean 'allow'/,
  ],
  [
    '{"providers": {"acme": {"baseUrl": "http://x",\n "quirks": {"maxTokensField": "max_token"}}}}',
    /^opengateway\.json:2:31 {2}.*Did you mean 'max_tokens'/,
  ],
  [
    '{"providers": {"acme": {"baseUrl": "http://x",\n "dialects": ["anthropic-mesages"]}}}',
    /^opengateway\.json:2:15 {2}.*Did you mean 'anthropic-messages'/,
  ],
  ['{"providers": {"acme": {"baseUrl": "http://x",\n "dialects": []}}}', /^opengateway\.json:2:14 {2}/],
  ['{"providers":\n {"azure": {"apiKey": "k"}}}', /^opengateway\.json:2:12 {2}.*AZURE_OPENAI_ENDPOINT/],
  ['{"providers":\n {"vllm": {}}}', /^opengateway\.json:2:11 {2}.*needs a 'baseUrl'.*VLLM_BASE_URL/],
])('%s complains where it is wrong', async (text, said) => {
  const complaints = await complaintsAbout({ files: { 'opengateway.json': text } });
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(said);
});
