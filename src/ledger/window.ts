/** The time of a budget, cut into buckets in UTC: which one is open at a moment, and from which on they count. Pure. */
import type { BudgetWindow } from './caps.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** 1 January 1970 was a Thursday; a week begins on Monday, as ISO 8601 has it. */
const firstMondayMs = 4 * dayMs;

/** What holds from `bucketMs` up to, but without, `untilMs`. Unix time in milliseconds. */
export interface Span {
  /** Buckets that begin here or later count. */
  readonly fromMs: number;
  /** Where the open bucket begins: what is reserved now is booked there. */
  readonly bucketMs: number;
  readonly untilMs: number;
  /** When all that counts now is out at once; `null` where there is no such moment. */
  readonly resetsAtMs: number | null;
}

type Timed = Exclude<BudgetWindow, 'total'>;

/** A rolling window's length and the size of its buckets; each length is a whole number of them. */
const rolling: Readonly<Record<Timed, { readonly lengthMs: number; readonly bucketMs: number }>> = {
  hour: { lengthMs: hourMs, bucketMs: minuteMs },
  day: { lengthMs: dayMs, bucketMs: 30 * minuteMs },
  week: { lengthMs: weekMs, bucketMs: 6 * hourMs },
  month: { lengthMs: 30 * dayMs, bucketMs: dayMs },
};

/** The oldest bucket is partly out already, and counts whole until it is out altogether. */
function rollingSpan(window: Timed, atMs: number): Span {
  const { lengthMs, bucketMs: size } = rolling[window];
  const bucketMs = atMs - (atMs % size);
  return { fromMs: bucketMs - lengthMs, bucketMs, untilMs: bucketMs + size, resetsAtMs: null };
}

function calendarSpan(startMs: number, endMs: number): Span {
  return { fromMs: startMs, bucketMs: startMs, untilMs: endMs, resetsAtMs: endMs };
}

function monthSpan(atMs: number): Span {
  const date = new Date(atMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return calendarSpan(Date.UTC(year, month), Date.UTC(year, month + 1));
}

/** `atMs`: Unix time in milliseconds, from 5 January 1970 on. */
export function spanAt(window: BudgetWindow, isRolling: boolean, atMs: number): Span {
  if (window === 'total')
    return { fromMs: 0, bucketMs: 0, untilMs: Number.POSITIVE_INFINITY, resetsAtMs: null };
  if (isRolling) return rollingSpan(window, atMs);
  if (window === 'month') return monthSpan(atMs);
  if (window === 'week') {
    const startMs = atMs - ((atMs - firstMondayMs) % weekMs);
    return calendarSpan(startMs, startMs + weekMs);
  }
  const lengthMs = window === 'hour' ? hourMs : dayMs;
  const startMs = atMs - (atMs % lengthMs);
  return calendarSpan(startMs, startMs + lengthMs);
}

/** How long what was warned of once need not be told again: the rest of the calendar's window, or a rolling one's length. */
export function quietUntilMs(window: BudgetWindow, isRolling: boolean, atMs: number): number {
  if (window === 'total') return Number.POSITIVE_INFINITY;
  return isRolling ? atMs + rolling[window].lengthMs : spanAt(window, false, atMs).untilMs;
}
