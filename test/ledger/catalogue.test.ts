/** The catalogue in the executable is what it should be, and says what everybody knows. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBuiltInCatalogue } from '../../src/ledger/built-in-catalogue.ts';
import type { CatalogueModel, CatalogueProvider } from '../../src/ledger/catalogue.ts';
import { strangeIn } from '../../src/ledger/sane-price.ts';
import { builtInProviders } from '../../src/providers/registry.ts';

const root = join(import.meta.dir, '..', '..');
const file = join(root, 'src', 'ledger', 'catalogue.generated.jsonl');
const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
const entries = lines.map((line) => JSON.parse(line) as CatalogueModel | CatalogueProvider);
const models = entries.filter((entry) => 'eras' in entry);
const lists = entries.flatMap((entry) => ('provider' in entry ? [entry.provider] : []));
const exceptions = JSON.parse(readFileSync(join(root, 'scripts', 'prices', 'exceptions.json'), 'utf8')) as {
  strange: { match: string; reason: string }[];
  differences: { match: string; reason: string }[];
};

test('it tells its sources, their licences and its day', () => {
  const { head } = readBuiltInCatalogue();
  expect(head.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(head.sources.map(({ role }) => role).sort()).toEqual(['cross-check', 'prices']);
  for (const { name, version, licence, url } of head.sources)
    expect([name, version, licence, url].every((text) => text.length > 2)).toBe(true);
});

test('no price in it is strange, but for the reviewed exceptions', () => {
  let provider = '';
  const found = entries.flatMap((entry) => {
    if ('provider' in entry) provider = entry.provider;
    return 'eras' in entry ? strangeIn(entry).map((what) => `${provider}/${entry.model}: ${what}`) : [];
  });
  const unknown = found.filter(
    (what) => !exceptions.strange.some(({ match }) => new RegExp(match).test(what)),
  );
  expect(unknown).toEqual([]);
  expect(found.length).toBeLessThan(5);
  expect(models.length).toBeGreaterThan(2000);
  expect(new Set(lists).size).toBe(lists.length);
  process.stdout.write(`catalogue: ${lists.length} providers, ${models.length} models\n`);
});

test('every exception has a reason', () => {
  for (const { match, reason } of [...exceptions.strange, ...exceptions.differences]) {
    expect(() => new RegExp(match)).not.toThrow();
    expect(reason.length).toBeGreaterThan(30);
  }
});

test('providers that name a list name one that is there', () => {
  const named = builtInProviders.flatMap(({ priceList }) =>
    typeof priceList === 'string' ? [priceList] : [],
  );
  expect(named.filter((list) => !lists.includes(list))).toEqual([]);
  expect(named.length).toBeGreaterThan(3);
});

describe('names as providers have them', () => {
  const catalogue = readBuiltInCatalogue();
  test.each([
    ['openai', 'gpt-4o-mini', 0.15],
    ['openai', 'gpt-4o-mini-2024-07-18', 0.15],
    ['azure', 'gpt-4o-mini', 0.15],
    ['anthropic', 'claude-3-5-haiku-20241022', 0.8],
    ['aws', 'anthropic.claude-3-5-haiku-20241022-v1:0', 0.8],
    ['aws', 'us.anthropic.claude-3-5-haiku-20241022-v1:0', 0.8],
    ['aws', 'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0', 0.8],
    ['google', 'claude-3-5-haiku@20241022', 0.8],
    ['google', 'models/gemini-2.0-flash', 0.1],
    ['openrouter', 'openai/gpt-4o-mini', 0.15],
    ['mistral', 'mistral-large-latest', 0.5],
  ])('%s %s', (list, name, dollars) =>
    expect((catalogue.find(list, name)?.eras[0]?.price.rates.input ?? Number.NaN) / 1e9).toBe(dollars),
  );
});

describe('what a build refuses', () => {
  const rates = { input: 1e9, output: 5e9 };
  const model = (price: object) => ({ model: 'm', rules: ['=m'], eras: [{ price }] }) as CatalogueModel;
  test.each([
    ['negative', { rates: { ...rates, input: -1 } }],
    ['no whole number', { rates: { ...rates, output: 0.5 } }],
    ['absurd', { rates: { input: 3e12 } }],
    ['a cached read dearer than a fresh one', { rates: { ...rates, cachedInput: 2e9 } }],
    ['a cache write at thrice the input', { rates: { ...rates, cacheWrite: 3e9 } }],
    [
      'a write for an hour cheaper than for minutes',
      { rates: { ...rates, cacheWrite: 2e9, cacheWrite1h: 1e9 } },
    ],
    ['output at a thousand times the input', { rates: { input: 1e9, output: 1e12 } }],
    [
      'tiers out of order',
      {
        rates,
        tiers: [
          { above: 5, rates },
          { above: 4, rates },
        ],
      },
    ],
    ['a cheaper tier', { rates, tiers: [{ above: 5, rates: { input: 1 } }] }],
    ['a service that is', { rates, services: { batch: { rates: { input: -5 } } } }],
  ])('%s', (_, price) => expect(strangeIn(model(price)).length).toBeGreaterThan(0));

  test('nothing that is right', () => expect(strangeIn(model({ rates }))).toEqual([]));
  test('a rule that is none', () =>
    expect(strangeIn({ ...model({ rates }), rules: ['m'] }).length).toBeGreaterThan(0));
});
