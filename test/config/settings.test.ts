/** The settings as the gateway runs with them: defaults from the schema, providers complete, nothing secret to see. */
import { describe, expect, test } from 'bun:test';
import { inspect } from 'node:util';
import { settingsOf } from '../../src/config/schema.ts';
import { builtInProviders } from '../../src/providers/registry.ts';
import { complaintsAbout, settingsFrom } from './read.ts';

const file = (json: unknown) => ({ files: { 'opengateway.json': JSON.stringify(json) } });

test('with nothing set the echo model answers', async () => {
  const settings = await settingsFrom({});
  expect(settings).toMatchObject({
    host: '0.0.0.0',
    port: 8080,
    requireAuth: true,
    isDemo: true,
    logLevel: 'info',
  });
  expect(settings.providers.map((provider) => provider.name)).toEqual(['demo']);
  expect(settings.disabled.map((definition) => definition.name)).toEqual(
    builtInProviders.map(({ name }) => name),
  );
});

test('a part of a group keeps the other defaults of the group', async () => {
  const { upstream, maxDepth, maxBodyBytes } = await settingsFrom(
    file({ timeouts: { idleMs: 5 }, limits: { maxDepth: 9 } }),
  );
  expect(upstream).toMatchObject({ idleMs: 5, connectMs: 10_000, firstByteMs: 600_000 });
  expect([maxDepth, maxBodyBytes]).toEqual([9, 32 << 20]);
});

describe('providers', () => {
  test('a key enables one, its address can be another, and its credential is never printed', async () => {
    const environment = { OPENAI_API_KEY: ' sk-upstream ', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1/' };
    const settings = await settingsFrom({ environment });
    const [openai] = settings.providers;
    expect(openai).toMatchObject({ name: 'openai', baseUrl: 'http://127.0.0.1:9/v1' });
    expect(openai?.credential?.reveal()).toBe('sk-upstream');
    expect(openai?.headers.authorization).toBe('Bearer sk-upstream');
    expect(settings.isDemo).toBe(false);
    expect(inspect(settings.rootKey) + JSON.stringify(settings.rootKey)).not.toContain('sk-root');
  });

  test('an address enables a local one without a key', async () => {
    const [local] = (await settingsFrom({ environment: { LOCAL_BASE_URL: 'http://127.0.0.1:1' } })).providers;
    expect(local?.name).toBe('local');
    expect(local?.credential).toBeUndefined();
    expect(local?.headers).not.toHaveProperty('authorization');
  });

  test('one of one’s own needs no code', async () => {
    const acme = {
      baseUrl: 'https://acme.example/v1',
      apiKey: '${ACME}',
      authHeader: 'X-Acme-Key',
      headers: { 'X-Team': 'a' },
      models: ['acme-*'],
      dialects: ['openai-chat'],
      quirks: { streamUsage: false },
    };
    const [provider] = (
      await settingsFrom({ ...file({ providers: { acme } }), environment: { ACME: 'sk-acme' } })
    ).providers;
    expect(provider).toMatchObject({
      name: 'acme',
      prefixes: ['acme/'],
      models: ['acme-*'],
      listsModels: true,
    });
    expect(provider?.headers).toMatchObject({ 'x-acme-key': 'sk-acme', 'x-team': 'a' });
    expect(provider?.headers).not.toHaveProperty('authorization');
    expect(provider?.quirks.streamUsage).toBe(false);
    expect([...(provider?.dialects ?? [])]).toEqual(['openai-chat']);
  });

  test.each([
    ['{\n  "providers": {\n    "acme": {}\n  }\n}', /^opengateway\.json:3:\d+ {2}.*baseUrl/],
    ['{"providers": {"acme": {"baseUrl": "ftp://x"}}}', /^opengateway\.json:1:36 {2}.*'ftp'/],
    ['{"providers": {"acme": {"baseUrl": "x"}}}', /^opengateway\.json:1:36 {2}.*not a URL/],
  ])('%j complains with line and column', async (text, expected) => {
    const complaints = await complaintsAbout({ files: { 'opengateway.json': text } });
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(expected);
  });

  test('a wrong address in a variable names the variable', async () => {
    expect(await complaintsAbout({ environment: { LOCAL_BASE_URL: 'localhost:8000' } })).toEqual([
      "environment LOCAL_BASE_URL  the scheme 'localhost' is not http or https.",
    ]);
  });

  test('a name that every object has is a name like any other', async () => {
    const given = file({ providers: { constructor: { baseUrl: 'http://x' } } });
    expect((await settingsFrom(given)).providers.map((provider) => provider.name)).toEqual(['constructor']);
  });
});

test('no two settings share a variable or a flag, and each is explained', () => {
  const settings = settingsOf();
  for (const kind of ['variable', 'flag'] as const) {
    const names = settings.flatMap(({ schema }) => schema[kind] ?? []);
    expect(names).toEqual([...new Set(names)]);
  }
  for (const { schema, path } of settings)
    expect({ path, ends: schema.description.endsWith('.') }).toEqual({ path, ends: true });
});
