/** Rules every built-in provider keeps, so that one line in the registry cannot take models from another. */
import { describe, expect, test } from 'bun:test';
import { builtInProviders } from '../../src/providers/registry.ts';
import { matchesModel } from '../../src/routing/model-pattern.ts';
import { readBaseUrl } from '../../src/upstream/address.ts';

test('no two share a name, a prefix, a pattern or a variable', () => {
  for (const all of [
    builtInProviders.map((provider) => provider.name),
    builtInProviders.flatMap((provider) => provider.prefixes),
    builtInProviders.flatMap((provider) => provider.models),
    builtInProviders.flatMap(({ keyVariable, baseUrlVariable }) => [keyVariable, baseUrlVariable]),
  ])
    expect(all).toEqual([...new Set(all)]);
});

describe.each([...builtInProviders])('$name', (provider) => {
  test('is named as the config file may name it, and has its name as prefix', () => {
    expect(provider.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(provider.prefixes).toContain(`${provider.name}/`);
    for (const prefix of provider.prefixes) expect(prefix).toEndWith('/');
  });

  test('is enabled by one of its own variables', () => {
    expect([provider.keyVariable, provider.baseUrlVariable]).toContain(provider.enabledBy);
    if (provider.defaultBaseUrl === undefined) expect(provider.enabledBy).toBe(provider.baseUrlVariable);
    else expect(readBaseUrl(provider.defaultBaseUrl)).toBe(provider.defaultBaseUrl);
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
    const nobodys = { 'llama-3.1-8b': '', 'other/gpt-4o': '', '': '' };
    for (const [model, owner] of Object.entries({ ...owners, ...nobodys }))
      expect({ model, takes: provider.models.some((pattern) => matchesModel(pattern, model)) }).toEqual({
        model,
        takes: provider.name === owner,
      });
  });
});
