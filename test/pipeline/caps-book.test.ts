/** Which caps hold for which call. */
import { describe, expect, test } from 'bun:test';
import type { Caps } from '../../src/ledger/caps.ts';
import type { CapsSettings } from '../../src/ledger/caps-settings.ts';
import { CapsBook } from '../../src/pipeline/caps-book.ts';
import { providerNamed } from '../routing/party.ts';
import { budgetOf, keyCaps, limitsOf } from './capped.ts';
import { noCaps } from './in-process.ts';

const limits = limitsOf({ rpm: 1 });
const provider = providerNamed('p', { models: ['gpt-*'] });
const target = { provider, model: 'gpt-4o' };
const modelCaps = (id: string): Caps => ({ scope: { kind: 'model', id }, limits, budgets: [] });
const customerCaps = (id: string): Caps => ({ scope: { kind: 'customer', id }, limits, budgets: [] });

function idsOf(caps: readonly Caps[] | undefined): string[] | undefined {
  return caps?.map(({ scope }) => `${scope.kind} ${scope.id}`);
}

function bookWith(settings: Partial<CapsSettings>): CapsBook {
  return new CapsBook({ ...noCaps, ...settings });
}

test('where nothing holds there is nothing', () => {
  expect(new CapsBook(noCaps).of(undefined, 'bob', 'gpt-4o', target)).toBeUndefined();
  const book = bookWith({ models: [modelCaps('o1')] });
  expect(book.of(undefined, undefined, 'gpt-4o', target)).toBeUndefined();
});

test('those of the caller are taken as they are', () => {
  const own = [keyCaps({ limits, budgets: [budgetOf(5)] })];
  expect(new CapsBook(noCaps).of(own, undefined, 'gpt-4o', target)).toBe(own);
});

describe('models are known by each of their names', () => {
  test.each(['gpt-4o', 'p/gpt-4o', 'gpt-4*', 'p/*', '*', 'fast'])('%s', (pattern) => {
    const book = bookWith({ models: [modelCaps(pattern)] });
    expect(idsOf(book.of(undefined, undefined, 'fast', { ...target }))).toEqual([`model ${pattern}`]);
  });

  test.each(['o1', 'q/*', 'gpt-4', 'GPT-4o'])('%s is another', (pattern) => {
    const book = bookWith({ models: [modelCaps(pattern)] });
    expect(book.of(undefined, undefined, 'fast', { ...target })).toBeUndefined();
  });

  test('and what names none is none of them', () => {
    const book = bookWith({ models: [modelCaps('*')] });
    expect(book.of(undefined, undefined, '', { provider, model: '' })).toBeUndefined();
  });
});

test('all levels hold together', () => {
  const book = bookWith({
    everything: { scope: { kind: 'gateway', id: '' }, limits, budgets: [] },
    models: [modelCaps('gpt-*'), modelCaps('gpt-4o'), modelCaps('o1')],
    customers: new Map([['acme', customerCaps('acme')]]),
  });
  expect(idsOf(book.of([keyCaps({ limits })], 'acme', 'gpt-4o', target))).toEqual([
    'key key_of_the_tests',
    'gateway ',
    'model gpt-*',
    'model gpt-4o',
    'customer acme',
  ]);
});

describe('customers', () => {
  const book = bookWith({
    customers: new Map<string, Caps>([
      ['acme', { ...customerCaps('acme'), budgets: [budgetOf(1)] }],
      ['__proto__', customerCaps('of no prototype')],
    ]),
    eachCustomer: customerCaps,
  });
  const of = (name: string | undefined) => idsOf(book.of(undefined, name, 'gpt-4o', target));

  test('have their own, or what each has', () => {
    expect([of('acme'), of('bob'), of('__proto__'), of(undefined)]).toEqual([
      ['customer acme'],
      ['customer bob'],
      ['customer of no prototype'],
      undefined,
    ]);
    expect(book.of(undefined, 'bob', 'gpt-4o', target)?.[0]).toBe(
      book.of(undefined, 'bob', 'gpt-4o', target)?.[0] as Caps,
    );
  });

  test('may be any number', () => {
    for (let customer = 0; customer < 25_000; customer++) of(`customer ${customer}`);
    expect(of('customer 3')).toEqual(['customer customer 3']);
  });
});

test('a budget of certain models holds for calls of these alone', () => {
  const own = [
    keyCaps({
      budgets: [budgetOf(5, { id: 'a', models: ['gpt-*'] }), budgetOf(6, { id: 'b', models: ['o1'] })],
    }),
  ];
  const book = new CapsBook(noCaps);
  const ids = (asked: string, model: string) =>
    book
      .of(own, undefined, asked, { provider, model })
      ?.flatMap(({ budgets }) => budgets.map(({ id }) => id));
  expect(ids('gpt-4o', 'gpt-4o')).toEqual(['a']);
  expect(ids('p/o1', 'o1')).toEqual([]);
  expect(ids('o1', 'o1')).toEqual(['b']);
  expect(ids('', '')).toEqual([]);
});
