/** Which price a target has: by the configuration, the catalogue, its provider's list, the time; and what is refused. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { Catalogue } from '../../src/ledger/catalogue.ts';
import { type Price, type PriceEra, priceAt } from '../../src/ledger/price.ts';
import { PriceBook, type PriceSettings } from '../../src/ledger/price-book.ts';
import type { PriceList } from '../../src/providers/provider.ts';
import { providerNamed } from '../routing/party.ts';

const nano = 1_000_000_000;
const price = (dollars: number): Price => ({ rates: { input: dollars * nano } });
const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const model = (name: string, rules: unknown, dollars: number) =>
  line({ model: name, rules, eras: [{ price: price(dollars) }] });

const text = [
  line({ asOf: '2026-01-01', sources: [] }),
  line({ provider: 'p', fallback: ['q'] }),
  model('m', ['=m', '^m-2026'], 1),
  model('m-wide', ['^m-'], 2),
  model('digits', ['=d-####-##-##'], 3),
  model('spoken', [['^v', '!$-tts', '!*-tts-']], 4),
  model('claude', ['*claude-x', '$-end'], 5),
  line({ provider: 'q' }),
  model('only-q', ['=only-q'], 6),
  model('m', ['=m'], 7),
].join('');
const catalogue = new Catalogue(text);

function bookWith(settings: Partial<PriceSettings> = {}, load = async () => catalogue): PriceBook {
  return new PriceBook({ unknown: 'flag', models: {}, ...settings }, { load, isStale: () => false });
}

function target(name: string, provider = 'p', priceList?: PriceList) {
  return {
    provider: { ...providerNamed(provider), ...(priceList !== undefined && { priceList }) },
    model: name,
  };
}

const inputOf = async (book: PriceBook, ...names: Parameters<typeof target>) =>
  ((await book.priceOf(target(...names)))?.rates.input ?? Number.NaN) / nano;

describe('by the catalogue', () => {
  test.each([
    ['m', 1],
    ['M', 1],
    ['m-2026-01-02', 1],
    ['m-mini', 2],
    ['d-2026-01-02', 3],
    // Written together, the date is still one.
    ['d-20260102', 3],
    ['d-2026-01-0x', Number.NaN],
    ['d-20261345', Number.NaN],
    ['voice', 4],
    ['voice-tts', Number.NaN],
    ['voice-tts-1', Number.NaN],
    ['x-claude-x-y', 5],
    ['some-end', 5],
    ['only-q', 6],
    ['models/m', 1],
    ['publishers/google/models/m', 1],
    ['m@20260102', 1],
    ['d@20260102', 3],
    ['m:0', 1],
    ['eu.vendor.claude-x', 5],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.vendor.claude-x-v1:0', 5],
    ['nobody', Number.NaN],
    ['constructor', Number.NaN],
    [`m-${'x'.repeat(600)}`, Number.NaN],
    ['{"provider":"q"}', Number.NaN],
  ])('%s', async (name, dollars) => expect(await inputOf(bookWith(), name)).toBe(dollars));

  test('a provider has the list it says, or its own name’s, or what it makes of the model, or charges nothing', async () => {
    const book = bookWith();
    expect(await inputOf(book, 'm', 'q')).toBe(7);
    expect(await inputOf(book, 'm', 'z', 'q')).toBe(7);
    expect(await inputOf(book, 'm:q', 'z', (name) => ({ list: name.slice(-1), model: 'm' }))).toBe(7);
    expect(await inputOf(book, 'm', 'z')).toBeNaN();
    expect(await book.priceOf(target('m', 'z', 'free'))).toEqual({ rates: {} });
  });

  test('a name made to be slow is decided in one pass', () => {
    const startMs = performance.now();
    for (let round = 0; round < 1000; round++) catalogue.find('p', `m${'-2026'.repeat(100)}${round}`);
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

describe('by the configuration', () => {
  const models = {
    'p/m': { inputPerMTok: 0.1, outputPerMTok: 0.25, perRequest: 0.01, perWebSearch: 0.005 },
    'p/m-*': { inputPerMTok: 20 },
    'p/m-long-*': { inputPerMTok: 30 },
    'p/*': { inputPerMTok: 40 },
    'z/my-deployment': { as: 'q/m' },
    'z/dearer': { as: 'q/m', outputPerMTok: 2 },
    'z/lost': { as: 'q/nobody' },
    'z/gratis': { inputPerMTok: 0 },
  };
  const book = bookWith({ models });

  test.each([
    ['m', 'p', 0.1],
    ['m-x', 'p', 20],
    ['m-long-x', 'p', 30],
    ['else', 'p', 40],
    ['my-deployment', 'z', 7],
    ['lost', 'z', Number.NaN],
    ['gratis', 'z', 0],
    ['m', 'q', 7],
  ])('%s of %s', async (name, provider, dollars) =>
    expect(await inputOf(book, name, provider)).toBe(dollars),
  );

  test('dollars become whole nano-dollars a million units', async () => {
    expect((await book.priceOf(target('m')))?.rates).toEqual({
      input: 100_000_000,
      output: 250_000_000,
      request: 10_000_000_000_000,
      webSearch: 5_000_000_000_000,
    });
    expect((await book.priceOf(target('dearer', 'z')))?.rates).toEqual({ input: 7 * nano, output: 2 * nano });
  });
});

describe('what nobody knows', () => {
  test('is refused where the configuration says so, first and later', async () => {
    const book = bookWith({ unknown: 'refuse' });
    const asked = target('nobody');
    for (const _ of [1, 2]) {
      const thrown = await Promise.try(() => book.priceOf(asked)).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(GatewayError);
      expect(thrown).toMatchObject({ code: 'price_unknown', status: 403, param: 'model' });
    }
    expect(await inputOf(book, 'm')).toBe(1);
    // A call that names no model, to a provider's platform.
    expect(await book.priceOf(target(''))).toBeUndefined();
  });
});

test('the catalogue is read once, a target looked up once, and from then on at once', async () => {
  let loads = 0;
  const book = bookWith({}, async () => {
    loads++;
    return catalogue;
  });
  const asked = target('m');
  const found = await book.priceOf(asked);
  expect(book.priceOf(asked)).toBe(found as Price);
  expect(book.priceOf(target('only-q'))).toEqual(price(6));
  expect(loads).toBe(1);
});

describe('in time', () => {
  const dayMs = 86_400_000;
  const eras: PriceEra[] = [
    {
      price: price(1),
      windows: [
        { start: 3600, end: 7200, price: price(2) },
        { start: 82_800, end: 1800, price: price(3) },
      ],
    },
    { fromMs: 10 * dayMs, price: price(4) },
  ];
  const at = (hours: number) => {
    const found = priceAt(eras, hours * 3_600_000);
    return [(found?.price.rates.input ?? 0) / nano, (found?.untilMs ?? 0) / 3_600_000];
  };

  test.each([
    [0, 3, 0.5],
    [0.5, 1, 1],
    [1, 2, 2],
    [1.99, 2, 2],
    [2, 1, 23],
    [23, 3, 24.5],
    [239, 3, 240],
    [240, 4, Infinity],
    [999, 4, Infinity],
  ])('at hour %p the price is %p until hour %p', (hours, dollars, until) =>
    expect(at(hours)).toEqual([dollars, until]),
  );

  test('no era has begun', () => expect(priceAt([{ fromMs: 5, price: price(1) }], 4)).toBeUndefined());
});

test('the models of a provider are those its own list has, and the catalogue is read for that alone', async () => {
  let loads = 0;
  const book = bookWith({}, async () => {
    loads++;
    return catalogue;
  });
  const of = (name: string, priceList?: PriceList) => book.modelsOf(target('', name, priceList).provider);
  expect(await of('x', 'free')).toEqual([]);
  expect(await of('x', () => ({ list: 'p', model: 'm' }))).toEqual([]);
  expect(loads).toBe(0);
  expect(await of('p')).toEqual(['m', 'm-wide', 'digits', 'spoken', 'claude']);
  expect(await of('x', 'q')).toEqual(['only-q', 'm']);
  expect(await of('nobody')).toEqual([]);
  expect(loads).toBe(1);
});
