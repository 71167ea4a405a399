/** Rules every built-in provider keeps, so that one line in the registry cannot take models from another. */
import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProviders } from '../../src/config/providers.ts';
import { enablers } from '../../src/providers/provider.ts';
import { builtInProviders } from '../../src/providers/registry.ts';
import { matchesModel } from '../../src/routing/model-pattern.ts';
import { readBaseUrl } from '../../src/upstream/address.ts';

const folder = join(import.meta.dir, '..', '..', 'src', 'providers');
const registry = readFileSync(join(folder, 'registry.ts'), 'utf8');

test('no two share a name, a prefix, a pattern or a variable', () => {
  for (const all of [
    builtInProviders.map((provider) => provider.name),
    builtInProviders.flatMap((provider) => provider.prefixes),
    builtInProviders.flatMap((provider) => provider.models),
    builtInProviders.flatMap(({ keyVariable, baseUrlVariable, variables = {} }) => [
      ...(keyVariable === undefined ? [] : [keyVariable]),
      baseUrlVariable,
      ...Object.keys(variables),
    ]),
  ])
    expect(all).toEqual([...new Set(all)]);
});

test('no pattern of one takes what a pattern of another does', () => {
  const patterns = builtInProviders.flatMap(({ name, models }) => models.map((model) => ({ name, model })));
  const clashes = patterns.flatMap((one) =>
    patterns
      .filter((other) => other.name !== one.name && matchesModel(one.model, other.model.replaceAll('*', 'x')))
      .map((other) => `${one.name} ${one.model} takes ${other.name} ${other.model}`),
  );
  expect(clashes).toEqual([]);
});

test('a provider that is data alone is one file that imports a type, and one line here beside its import', () => {
  const found = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
    .filter(({ text }) => /^import .*\n\nexport const \w+: ProviderDefinition = \{/m.test(text))
    .filter(({ text }) => text.match(/^import /gm)?.length === 1);
  expect(found.length).toBeGreaterThanOrEqual(15);
  for (const { file, text } of found) {
    expect(text).toContain("import type { ProviderDefinition } from './provider.ts';");
    const constant = /export const (\w+)/.exec(text)?.[1];
    expect(registry).toContain(`import { ${constant} } from './${file}';`);
    expect(registry.match(new RegExp(`^  ${constant},$`, 'gm'))).toHaveLength(1);
  }
});

describe.each([...builtInProviders])('$name', (provider) => {
  test('is named as the config file may name it, and has its name as prefix', () => {
    expect(provider.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(provider.prefixes).toContain(`${provider.name}/`);
    for (const prefix of provider.prefixes) expect(prefix).toEndWith('/');
  });

  test('is enabled by one of its own variables', () => {
    const own = [provider.keyVariable, provider.baseUrlVariable, ...Object.keys(provider.variables ?? {})];
    expect(enablers(provider).length).toBeGreaterThan(0);
    for (const name of enablers(provider)) expect(own).toContain(name);
    if (provider.defaultBaseUrl !== undefined)
      expect(readBaseUrl(provider.defaultBaseUrl)).toBe(provider.defaultBaseUrl);
    else if (provider.connect === undefined) expect(enablers(provider)).toContain(provider.baseUrlVariable);
  });

  test('speaks something, and each dialect once', () => {
    expect(provider.dialects.length).toBeGreaterThan(0);
    expect([...new Set(provider.dialects)]).toEqual([...provider.dialects]);
  });

  test.if(provider.connect === undefined)('is there when its first variable is set, and that alone', () => {
    const [enabler = ''] = enablers(provider);
    const value = enabler === provider.baseUrlVariable ? 'http://127.0.0.1:9/v1' : 'key-of-a-test';
    const { providers } = readProviders({}, { [enabler]: value }, { setting: String, variable: String });
    expect(providers).toHaveLength(1);
    const [made] = providers;
    expect(made).toMatchObject({ name: provider.name, baseUrl: provider.defaultBaseUrl ?? value });
    expect([...(made?.dialects ?? [])]).toEqual([...provider.dialects]);
    const sent = Object.values(made?.headers ?? {}).filter((header) => header.includes('key-of-a-test'));
    expect(sent).toHaveLength(enabler === provider.keyVariable ? 1 : 0);
  });

  test('never passes on a header that carries a caller’s credential', () => {
    for (const name of [
      'authorization',
      'x-api-key',
      'api-key',
      'x-goog-api-key',
      'cookie',
      'host',
      'connection',
    ])
      expect(provider.forwardHeaders).not.toContain(name);
    for (const name of provider.forwardHeaders) expect(name).toBe(name.toLowerCase());
  });

  test('takes no model of another provider without a prefix', () => {
    const owners = { 'claude-sonnet-4-5': 'anthropic', 'gemini-2.5-pro': 'gemini' };
    const nobodys = { 'llama-3.1-8b': '', 'qwen3-32b': '', gpt: '', 'other/gpt-4o': '', '': '' };
    for (const [model, owner] of Object.entries({ ...owners, ...nobodys }))
      expect({ model, takes: provider.models.some((pattern) => matchesModel(pattern, model)) }).toEqual({
        model,
        takes: provider.name === owner,
      });
  });
});
