/** What a call cost: its usage at a price, in whole nano-dollars, rounded once. Pure, and exact whatever the counts. */
import type { Usage } from '../core/usage.ts';
import type { Price, Rates, TieredRates } from './price.ts';

const perUnits = 1_000_000;

/** Products and sums of whole numbers up to 2⁵³ are exact in a `number`; past it they are done in `bigint`. */
class ExactSum {
  #sum = 0;
  #big: bigint | undefined;

  add(count: number, rate: number): void {
    if (count === 0 || rate === 0) return;
    const product = count * rate;
    const sum = this.#sum + product;
    if (this.#big === undefined && sum <= Number.MAX_SAFE_INTEGER) {
      this.#sum = sum;
      return;
    }
    this.#big = (this.#big ?? BigInt(this.#sum)) + BigInt(count) * BigInt(rate);
  }

  /** The sum divided by a million, half up; no more than a `number` holds exactly. */
  perMillion(): number {
    if (this.#big !== undefined) {
      const rounded = (this.#big + BigInt(perUnits / 2)) / BigInt(perUnits);
      return rounded > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(rounded);
    }
    const rest = this.#sum % perUnits;
    return (this.#sum - rest) / perUnits + (rest >= perUnits / 2 ? 1 : 0);
  }
}

/** A count as an upstream may have told it: absent, broken and negative ones are 0. */
function whole(count: number | undefined): number {
  if (count === undefined || !(count > 0)) return 0;
  return count >= Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Math.trunc(count);
}

/** A part of a whole is never more than it. */
function part(count: number | undefined, limit: number): number {
  return Math.min(whole(count), limit);
}

function ratesFor(price: Price, service: string | undefined, inputTokens: number): Rates {
  const tiered: TieredRates =
    (service !== undefined && price.services !== undefined && Object.hasOwn(price.services, service)
      ? price.services[service]
      : undefined) ?? price;
  let { rates } = tiered;
  if (tiered.tiers !== undefined)
    for (const tier of tiered.tiers) if (inputTokens > tier.above) rates = tier.rates;
  return rates;
}

/** Every token of the input is counted once: read from a cache, written to one, or neither; audio, image or text. */
function addInput(sum: ExactSum, usage: Usage, rates: Rates): void {
  const input = whole(usage.inputTokens);
  const base = rates.input ?? 0;
  const readRate = rates.cachedInput ?? base;
  const audioRate = rates.audioInput ?? base;
  const imageRate = rates.imageInput ?? base;
  const read = part(usage.cachedInputTokens, input);
  const written = part(usage.cacheWriteTokens, input - read);
  const written1h = part(usage.cacheWrite1hTokens, written);
  const audio = part(usage.audioInputTokens, input - written);
  const image = part(usage.imageInputTokens, input - written - audio);
  // What was read of each kind is not always told. Text is taken to be read first; the rest must have been one of these.
  const untold = Math.max(0, read + audio + image + written - input);
  const toldImage = part(usage.cachedImageInputTokens, Math.min(read, image));
  const fromAudio = Math.max(
    part(usage.cachedAudioInputTokens, Math.min(read, audio)),
    Math.min(audio, untold - toldImage),
  );
  const fromImage = Math.max(Math.min(toldImage, read - fromAudio), Math.min(image, untold - fromAudio));
  const text = input - written - read - (audio - fromAudio) - (image - fromImage);
  sum.add(text, base);
  sum.add(read - fromAudio - fromImage, readRate);
  sum.add(fromAudio, rates.cachedAudioInput ?? rates.cachedInput ?? audioRate);
  sum.add(fromImage, rates.cachedImageInput ?? rates.cachedInput ?? imageRate);
  sum.add(audio - fromAudio, audioRate);
  sum.add(image - fromImage, imageRate);
  const writeRate = rates.cacheWrite ?? base;
  sum.add(written - written1h, writeRate);
  sum.add(written1h, rates.cacheWrite1h ?? writeRate);
}

function addOutput(sum: ExactSum, usage: Usage, rates: Rates): void {
  const output = whole(usage.outputTokens);
  const base = rates.output ?? 0;
  const audio = part(usage.audioOutputTokens, output);
  const image = part(usage.imageOutputTokens, output - audio);
  const reasoning = part(usage.reasoningTokens, output - audio - image);
  sum.add(output - audio - image - reasoning, base);
  sum.add(reasoning, rates.reasoning ?? base);
  sum.add(audio, rates.audioOutput ?? base);
  sum.add(image, rates.imageOutput ?? base);
}

/**
 * Nano-dollars, rounded half up. `service`: the tier of service, where it is not the one the usage names.
 */
export function costOf(usage: Usage, price: Price, service = usage.serviceTier): number {
  const rates = ratesFor(price, service, whole(usage.inputTokens));
  const sum = new ExactSum();
  addInput(sum, usage, rates);
  addOutput(sum, usage, rates);
  sum.add(1, rates.request ?? 0);
  sum.add(whole(usage.webSearches), rates.webSearch ?? 0);
  return sum.perMillion();
}
