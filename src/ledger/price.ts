/** What a model costs: rates by kind of unit, the contexts above which others hold, and the tiers of service that have their own. */

/**
 * Nano-dollars per million units, whole numbers: tokens, but for `request` and `webSearch`. A kind without a rate of its own
 * costs what the wider kind costs: cached reads and writes, audio and images as `input` or `output`, an hour's write as `cacheWrite`.
 */
export interface Rates {
  readonly input?: number;
  readonly cachedInput?: number;
  /** Kept for five minutes, or however long the provider does where nothing else is asked. */
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly audioInput?: number;
  readonly cachedAudioInput?: number;
  readonly imageInput?: number;
  readonly cachedImageInput?: number;
  readonly output?: number;
  readonly reasoning?: number;
  readonly audioOutput?: number;
  readonly imageOutput?: number;
  readonly request?: number;
  readonly webSearch?: number;
}

export const rateKinds = [
  'input',
  'cachedInput',
  'cacheWrite',
  'cacheWrite1h',
  'audioInput',
  'cachedAudioInput',
  'imageInput',
  'cachedImageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'request',
  'webSearch',
] as const satisfies readonly (keyof Rates)[];

/** All of a call's units cost these rates once its input, cached tokens included, has more than `above` tokens. */
export interface ContextTier {
  readonly above: number;
  readonly rates: Rates;
}

export interface TieredRates {
  readonly rates: Rates;
  /** Ascending. */
  readonly tiers?: readonly ContextTier[];
}

export interface Price extends TieredRates {
  /** By the tier of service the provider names: `batch`, `flex`, `priority`, `fast`. A tier that is not here costs the usual. */
  readonly services?: Readonly<Record<string, TieredRates>>;
}

/** Hours of every day, in seconds since midnight UTC; `end` before `start` means over midnight. */
export interface DailyWindow {
  readonly start: number;
  readonly end: number;
  readonly price: Price;
}

/** A price and from when it holds. */
export interface PriceEra {
  /** Unix time in milliseconds; absent means always. */
  readonly fromMs?: number;
  readonly price: Price;
  /** The first window that is open wins over `price`. */
  readonly windows?: readonly DailyWindow[];
}

/** A price now, and until when it need not be looked up again. */
export interface CurrentPrice {
  readonly price: Price;
  /** Unix time in milliseconds. */
  readonly untilMs: number;
}

const dayS = 86_400;

function isOpen({ start, end }: DailyWindow, secondOfDay: number): boolean {
  return start <= end ? secondOfDay >= start && secondOfDay < end : secondOfDay >= start || secondOfDay < end;
}

/** `eras`: ascending, the first without a beginning. */
export function priceAt(eras: readonly PriceEra[], nowMs: number): CurrentPrice | undefined {
  const current = eras.findLast(({ fromMs = -Infinity }) => fromMs <= nowMs);
  if (current === undefined) return undefined;
  const next = eras.find(({ fromMs = -Infinity }) => fromMs > nowMs);
  const { windows = [] } = current;
  const secondOfDay = Math.floor(nowMs / 1000) % dayS;
  const edges = windows.flatMap(({ start, end }) => [start, end]);
  const midnightMs = nowMs - (nowMs % (dayS * 1000));
  const untilEdgeMs = edges
    .flatMap((edge) => [midnightMs + edge * 1000, midnightMs + (edge + dayS) * 1000])
    .filter((edgeMs) => edgeMs > nowMs);
  return {
    price: windows.find((window) => isOpen(window, secondOfDay))?.price ?? current.price,
    untilMs: Math.min(next?.fromMs ?? Infinity, ...untilEdgeMs),
  };
}
