/** A model's name is the caller's text: whatever it holds, the request goes to the provider's own address and path. */
import { expect, test } from 'bun:test';
import { readProviders } from '../../src/config/providers.ts';
import { conversationDialects } from '../../src/core/dialect-name.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { builtInProviders } from '../../src/providers/registry.ts';
import { Router } from '../../src/routing/router.ts';

const everything = Object.fromEntries([
  ...builtInProviders.flatMap(({ keyVariable, baseUrlVariable, defaultBaseUrl, connect }) => [
    ...(keyVariable === undefined ? [] : [[keyVariable, 'key-of-a-test']]),
    ...(defaultBaseUrl === undefined && connect === undefined
      ? [[baseUrlVariable, 'http://127.0.0.1:9/v1']]
      : []),
  ]),
  ['AWS_REGION', 'us-east-1'],
  ['AZURE_OPENAI_ENDPOINT', 'https://resource.openai.azure.com'],
  ['AZURE_OPENAI_API_VERSION', '2024-10-21'],
  ['GOOGLE_CLOUD_PROJECT', 'project'],
]);
const { providers } = readProviders({}, everything, { setting: String, variable: String });

const hostile = [
  '../../../admin',
  '%2e%2e/%2e%2e/x',
  'a#b',
  'a?key=stolen',
  'a@evil.example',
  '@evil.example/x',
  '\\\\evil.example\\x',
  'a:b',
  'a\u0000b',
  'a b\r\nhost: evil.example',
  'http://evil.example/',
  '//evil.example',
  ';x=y',
  '漢字😀',
];

/** What a URL says beside the model: the same for any name. */
function frameOf(url: string, model: string): string {
  const { origin, pathname, search, hash, username } = new URL(url);
  const shape = pathname.split('/').length;
  return JSON.stringify([
    origin,
    shape,
    search,
    hash,
    username,
    decodeURIComponent(pathname).endsWith(model),
  ]);
}

const ways = providers.flatMap((provider) =>
  conversationDialects
    .filter(
      (name) =>
        (provider.dialectsOf?.('claude-x') ?? provider.dialects).has(name) || provider.dialects.has(name),
    )
    .flatMap((name) =>
      [false, true].map((stream) => ({
        provider,
        name,
        stream,
        title: `${provider.name} ${name} ${stream}`,
      })),
    ),
);

test.each(ways)('$title', ({ provider, name, stream }) => {
  const urlFor = (model: string) => {
    const path = dialects.get(name)?.speak.path({ model, stream }) ?? '';
    return provider.url?.({ model, dialect: name, stream, path }) ?? provider.baseUrl + path;
  };
  const plain = frameOf(urlFor('plain-model'), '\u0000');
  for (const model of hostile)
    expect({ model, frame: frameOf(urlFor(model), '\u0000') }).toEqual({ model, frame: plain });
});

test('a name that a URL would fold is nobody’s model', () => {
  const router = new Router({ providers, disabled: [], aliases: {} });
  for (const { prefixes } of providers)
    for (const name of ['.', '..'])
      expect(() => router.resolve(`${prefixes[0]}${name}`, 'openai-chat')).toThrow('does not exist');
});

test('all of the built-in providers were asked', () => {
  expect(providers.length).toBe(builtInProviders.length);
});
