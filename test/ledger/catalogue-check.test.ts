/** A price catalogue from elsewhere takes the place of the one in use only where it is whole, sane, newer and not all too different. */
import { describe, expect, test } from 'bun:test';
import { problemsWith } from '../../src/ledger/catalogue-check.ts';
import { KeptCatalogue } from '../../src/ledger/kept-catalogue.ts';

const nano = 1_000_000_000;
const nowMs = Date.parse('2026-06-15T12:00:00Z');
const head = (asOf: string) => ({ asOf, sources: [] });
const model = (name: string, input: number, more: object = {}) => ({
  model: name,
  rules: [`=${name}`],
  eras: [{ price: { rates: { input: input * nano, output: 2 * input * nano, ...more } } }],
});
const textOf = (...lines: readonly unknown[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const provider = { provider: 'p' };
const others = Array.from({ length: 9 }, (_, at) => model(`other-${at}`, 1));
const flex = { flex: { rates: { input: nano } } };
const known = model('m', 1);
const current = textOf(
  head('2026-06-01'),
  provider,
  { ...known, eras: [{ price: { ...known.eras[0]?.price, services: flex } }] },
  ...others,
);
const with_ = (...models: readonly unknown[]) => textOf(head('2026-06-10'), provider, ...models, ...others);
const problems = (text: string) => problemsWith(text, current, nowMs);

test('what is newer and like it is taken, and so is the same once more', () => {
  expect(problems(with_(model('m', 1)))).toEqual([]);
  expect(problems(with_(model('m', 3), model('new', 500)))).toEqual([]);
  expect(problems(current)).toEqual([]);
});

describe('refused is what', () => {
  test.each<[string, string, RegExp]>([
    ['is empty', '', /line 1 is not JSON/],
    ['is a page', '<html></html>', /line 1 is not JSON/],
    ['says not of which day it is', textOf({ sources: [] }, provider, model('m', 1)), /of which day/],
    ['is of no day', textOf(head('yesterday'), provider, model('m', 1)), /of which day/],
    ['is older', textOf(head('2026-05-31'), provider, model('m', 1), ...others), /older than what is known/],
    ['is of days to come', textOf(head('2026-07-01'), provider, model('m', 1), ...others), /still to come/],
    ['breaks off', with_(model('m', 1)).slice(0, -20), /line 12 is not JSON/],
    ['has a model before a provider', textOf(head('2026-06-10'), model('m', 1)), /line 2 is neither/],
    ['has a line of another kind', with_(model('m', 1), { x: 1 }), /line 4 is neither/],
    [
      'has a provider the reader would not find',
      textOf(head('2026-06-10'), { fallback: [], provider: 'p' }),
      /line 2 is neither/,
    ],
    ['has prices that are none', with_(model('m', 1, { input: -1 })), /m: input -1 is no price/],
    ['has prices that are words', with_(model('m', 1, { input: '1' })), /is no price/],
    ['has an absurd price', with_(model('new', 3000)), /new: input 3000 USD is absurd/],
    [
      'has cached reads dearer than fresh ones',
      with_(model('new', 1, { cachedInput: 2 * nano })),
      /cachedInput/,
    ],
    ['has rules that are none', with_({ ...model('m', 1), rules: ['(a+)+$'] }), /is no rule/],
    ['has no price', with_({ ...model('m', 1), eras: [] }), /no price/],
    ['changes a price more than tenfold', with_(model('m', 11)), /p\/m: input was 1000000000/],
    [
      'changes a price of a tier of service',
      with_({
        ...model('m', 1),
        eras: [{ price: { rates: { input: nano }, services: { flex: { rates: { input: 20 * nano } } } } }],
      }),
      /p\/m: flex: input was 1000000000, and would be 20000000000/,
    ],
    ['makes it cheaper by more', with_(model('m', 0.09)), /p\/m: input was/],
    ['makes it free', with_(model('m', 0)), /p\/m: input was/],
    [
      'has lost a fifth of the models',
      textOf(head('2026-06-10'), provider, ...others.slice(2)),
      /3 of 10 models would be gone/,
    ],
    ['is null', textOf(head('2026-06-10'), 'null'), /line 2 is not JSON/],
    ['has eras of nothing', with_({ ...model('m', 1), eras: [null] }), /neither/],
  ])('%s', (_what, text, why) => {
    expect(problems(text).join('\n')).toMatch(why);
  });
});

test('the one built in may take its own place, and what was let through in it is', async () => {
  const builtIn = await new KeptCatalogue('/nowhere/prices.jsonl').load();
  expect(builtIn.text.length).toBeGreaterThan(100_000);
  expect(problemsWith(builtIn.text, builtIn.text, Date.parse(builtIn.head.asOf))).toEqual([]);
});
