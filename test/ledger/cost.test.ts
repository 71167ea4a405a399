/** What a usage costs: a table by hand, then properties over random usages and prices. */
import { describe, expect, test } from 'bun:test';
import type { Usage } from '../../src/core/usage.ts';
import { costOf } from '../../src/ledger/cost.ts';
import type { Price, Rates } from '../../src/ledger/price.ts';

const nano = 1_000_000_000;
/** One dollar a million tokens is a thousand nano-dollars a token. */
const rates: Rates = {
  input: nano,
  cachedInput: nano / 10,
  cacheWrite: 1.25 * nano,
  cacheWrite1h: 2 * nano,
  audioInput: 4 * nano,
  cachedAudioInput: nano / 2,
  imageInput: 3 * nano,
  output: 5 * nano,
  reasoning: 6 * nano,
  audioOutput: 20 * nano,
  imageOutput: 30 * nano,
  request: 7_000_000,
  webSearch: 10_000 * nano,
};
const plain: Price = { rates: { input: nano, output: 5 * nano } };
const full: Price = { rates };
const tiered: Price = {
  rates: { input: nano, output: 5 * nano },
  tiers: [
    { above: 100, rates: { input: 2 * nano, output: 10 * nano } },
    { above: 200, rates: { input: 3 * nano, output: 15 * nano } },
  ],
  services: { batch: { rates: { input: nano / 2, output: 2 * nano } } },
};

const table: readonly (readonly [what: string, usage: Usage, price: Price, nanoUsd: number])[] = [
  ['nothing', { inputTokens: 0, outputTokens: 0 }, plain, 0],
  ['input and output', { inputTokens: 10, outputTokens: 3 }, plain, 10_000 + 15_000],
  ['the call itself', { inputTokens: 0, outputTokens: 0 }, full, 7],
  [
    'a cached read is part of the input',
    { inputTokens: 10, cachedInputTokens: 4, outputTokens: 0 },
    full,
    7 + 6000 + 400,
  ],
  [
    'a read at no price of its own',
    { inputTokens: 10, cachedInputTokens: 4, outputTokens: 0 },
    plain,
    10_000,
  ],
  [
    'writes for five minutes and an hour',
    { inputTokens: 10, cacheWriteTokens: 6, cacheWrite1hTokens: 2, outputTokens: 0 },
    full,
    7 + 4000 + 4 * 1250 + 2 * 2000,
  ],
  [
    'reasoning is part of the output',
    { inputTokens: 0, outputTokens: 10, reasoningTokens: 4 },
    full,
    7 + 6 * 5000 + 4 * 6000,
  ],
  [
    'audio and images, both ways',
    {
      inputTokens: 10,
      audioInputTokens: 3,
      imageInputTokens: 2,
      outputTokens: 10,
      audioOutputTokens: 1,
      imageOutputTokens: 2,
    },
    full,
    7 + 5 * 1000 + 3 * 4000 + 2 * 3000 + 7 * 5000 + 20_000 + 60_000,
  ],
  [
    'cached audio where it is told',
    {
      inputTokens: 10,
      cachedInputTokens: 5,
      audioInputTokens: 6,
      cachedAudioInputTokens: 4,
      outputTokens: 0,
    },
    full,
    7 + 3 * 1000 + 1 * 100 + 4 * 500 + 2 * 4000,
  ],
  [
    'cached audio where it must have been audio',
    { inputTokens: 10, cachedInputTokens: 8, audioInputTokens: 6, outputTokens: 0 },
    full,
    7 + 4 * 100 + 4 * 500 + 2 * 4000,
  ],
  ['searches', { inputTokens: 0, outputTokens: 0, webSearches: 2 }, full, 7 + 20_000_000],
  ['a tier begins above its edge', { inputTokens: 100, outputTokens: 1 }, tiered, 100_000 + 5000],
  ['and holds for all of the call', { inputTokens: 101, outputTokens: 1 }, tiered, 202_000 + 10_000],
  [
    'cached tokens count towards the edge',
    { inputTokens: 201, cachedInputTokens: 200, outputTokens: 0 },
    tiered,
    603_000,
  ],
  ['a tier of service', { inputTokens: 10, outputTokens: 1, serviceTier: 'batch' }, tiered, 5000 + 2000],
  ['an unknown tier of service', { inputTokens: 10, outputTokens: 0, serviceTier: 'x' }, tiered, 10_000],
  [
    'a tier named as what every object has',
    { inputTokens: 10, outputTokens: 0, serviceTier: 'toString' },
    tiered,
    10_000,
  ],
  ['half a nano-dollar', { inputTokens: 1, outputTokens: 0 }, { rates: { input: 500_000 } }, 1],
  ['less than half', { inputTokens: 1, outputTokens: 0 }, { rates: { input: 499_999 } }, 0],
  [
    'rounded once, not by kind',
    { inputTokens: 2, cachedInputTokens: 1, outputTokens: 1 },
    { rates: { input: 400_000, cachedInput: 400_000, output: 400_000 } },
    1,
  ],
  [
    'parts larger than the whole',
    { inputTokens: 5, cachedInputTokens: 50, cacheWriteTokens: 50, outputTokens: 2, reasoningTokens: 9 },
    full,
    7 + 500 + 12_000,
  ],
  ['broken counts', { inputTokens: Number.NaN, outputTokens: -3 }, plain, 0],
];

describe('by hand', () => {
  test.each(table)('%s', (_, usage, price, nanoUsd) => expect(costOf(usage, price)).toBe(nanoUsd));
});

/** A small generator with a seed (mulberry32), so that what fails can be played again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const counts = [
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
  'imageInputTokens',
  'imageOutputTokens',
  'cachedAudioInputTokens',
  'cachedImageInputTokens',
  'webSearches',
] as const;
const sizes = [3, 100, 10_000, 10_000_000, 2 ** 50];

function randomRates(random: (below: number) => number): Rates {
  const kinds = Object.keys(rates) as (keyof Rates)[];
  return Object.fromEntries(
    kinds.flatMap((kind) => (random(3) === 0 ? [] : [[kind, random(random(2) === 0 ? 1000 : 100 * nano)]])),
  );
}

/** Any counts at all, parts larger than their whole included. */
function wildUsage(random: (below: number) => number): Usage {
  const size = sizes[random(sizes.length)] ?? 3;
  const told = counts.flatMap((kind) => (random(2) === 0 ? [] : [[kind, random(size)] as const]));
  return { inputTokens: 0, outputTokens: 0, ...Object.fromEntries(told) };
}

/** As an honest provider reports: no part is more than its whole, and which cached tokens were what is told. */
function honestUsage(random: (below: number) => number): Usage {
  const size = sizes[random(4)] ?? 3;
  const [text, read, write, longWrite] = [random(size), random(size), random(size), random(size)];
  const [audio, readAudio, image, readImage] = [random(size), random(size), random(size), random(size)];
  const [said, thought, spoken, drawn] = [random(size), random(size), random(size), random(size)];
  return {
    inputTokens: text + read + write + longWrite + audio + readAudio + image + readImage,
    cachedInputTokens: read + readAudio + readImage,
    cacheWriteTokens: write + longWrite,
    cacheWrite1hTokens: longWrite,
    audioInputTokens: audio + readAudio,
    imageInputTokens: image + readImage,
    cachedAudioInputTokens: readAudio,
    cachedImageInputTokens: readImage,
    outputTokens: said + thought + spoken + drawn,
    reasoningTokens: thought,
    audioOutputTokens: spoken,
    imageOutputTokens: drawn,
  };
}

/** The same sum, written the slow way from the leaves: what was spent on each token, in `bigint`. */
function reference(usage: Required<Omit<Usage, 'serviceTier' | 'webSearches'>>, own: Rates): number {
  const base = own.input ?? 0;
  const out = own.output ?? 0;
  const read = usage.cachedInputTokens - usage.cachedAudioInputTokens - usage.cachedImageInputTokens;
  const audio = usage.audioInputTokens - usage.cachedAudioInputTokens;
  const image = usage.imageInputTokens - usage.cachedImageInputTokens;
  const text = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens - audio - image;
  const { reasoningTokens, audioOutputTokens, imageOutputTokens } = usage;
  const leaves: [number, number][] = [
    [text, base],
    [read, own.cachedInput ?? base],
    [usage.cachedAudioInputTokens, own.cachedAudioInput ?? own.cachedInput ?? own.audioInput ?? base],
    [usage.cachedImageInputTokens, own.cachedImageInput ?? own.cachedInput ?? own.imageInput ?? base],
    [audio, own.audioInput ?? base],
    [image, own.imageInput ?? base],
    [usage.cacheWriteTokens - usage.cacheWrite1hTokens, own.cacheWrite ?? base],
    [usage.cacheWrite1hTokens, own.cacheWrite1h ?? own.cacheWrite ?? base],
    [usage.outputTokens - reasoningTokens - audioOutputTokens - imageOutputTokens, out],
    [reasoningTokens, own.reasoning ?? out],
    [audioOutputTokens, own.audioOutput ?? out],
    [imageOutputTokens, own.imageOutput ?? out],
    [1, own.request ?? 0],
  ];
  const sum = leaves.reduce((total, [count, rate]) => total + BigInt(count) * BigInt(rate), 0n);
  return Number((sum + 500_000n) / 1_000_000n);
}

const rounds = 5000;

describe('whatever the usage', () => {
  test('an honest one costs the sum of its parts, to the nano-dollar', () => {
    const random = randomFrom(1);
    for (let round = 0; round < rounds; round++) {
      const usage = honestUsage(random) as Parameters<typeof reference>[0];
      const own = randomRates(random);
      expect({ usage, own, cost: costOf(usage, { rates: own }) }).toEqual({
        usage,
        own,
        cost: reference(usage, own),
      });
    }
  });

  test('the cost is a whole number, never negative, never more than every unit at the dearest rate', () => {
    const random = randomFrom(2);
    for (let round = 0; round < rounds; round++) {
      const usage = wildUsage(random);
      const own = randomRates(random);
      const cost = costOf(usage, { rates: own });
      expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
      const dearest = Math.max(0, ...Object.values(own));
      const units = usage.inputTokens + usage.outputTokens + (usage.webSearches ?? 0) + 1;
      const most = Math.min(Number.MAX_SAFE_INTEGER, (units * dearest) / 1e6 + 1);
      expect(cost).toBeLessThanOrEqual(most * (1 + Number.EPSILON));
    }
  });

  test('more input or output never costs less, across tiers too', () => {
    const random = randomFrom(3);
    for (let round = 0; round < rounds; round++) {
      const usage = wildUsage(random);
      const kind = random(2) === 0 ? 'inputTokens' : 'outputTokens';
      const more = { ...usage, [kind]: usage[kind] + 1 + random(300) };
      expect(costOf(more, tiered)).toBeGreaterThanOrEqual(costOf(usage, tiered));
      const own = { rates: { input: random(nano), output: random(nano) } };
      expect(costOf(more, own)).toBeGreaterThanOrEqual(costOf(usage, own));
    }
  });

  test('a call split in two costs the same but for rounding, where no tier and no fee of a call is in it', () => {
    const random = randomFrom(4);
    for (let round = 0; round < rounds; round++) {
      const { request: _, ...own } = randomRates(random);
      const [one, other] = [honestUsage(random), honestUsage(random)];
      const sum = Object.fromEntries(
        counts.map((kind) => [kind, (one[kind] ?? 0) + (other[kind] ?? 0)]),
      ) as unknown as Usage;
      const apart = costOf(one, { rates: own }) + costOf(other, { rates: own });
      expect(Math.abs(apart - costOf(sum, { rates: own }))).toBeLessThanOrEqual(1);
    }
  });

  test('counts beyond all reason end at the largest number that is exact', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(costOf({ inputTokens: Infinity, outputTokens: most }, full)).toBe(most);
    // 10¹² tokens at 1 dollar a million are a million dollars, exactly.
    expect(costOf({ inputTokens: 1e12, outputTokens: 0 }, plain)).toBe(1e15);
    expect(costOf({ inputTokens: 1e12 + 1, outputTokens: 0 }, plain)).toBe(1e15 + 1000);
  });
});
