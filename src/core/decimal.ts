/** Numbers as text where every call writes some. */

/** What `toFixed(3)` says of a number that is not negative, at a third of its price. */
export function threeDecimals(value: number): string {
  const thousandths = Math.round(value * 1000);
  const whole = Math.trunc(thousandths / 1000);
  const rest = thousandths - whole * 1000;
  if (rest >= 100) return `${whole}.${rest}`;
  return rest >= 10 ? `${whole}.0${rest}` : `${whole}.00${rest}`;
}

/** So many as the index says. */
const zeros = ['', '0', '00', '000', '0000', '00000', '000000', '0000000', '00000000'] as const;

/** Nano-dollars as dollars, exactly and without an exponent: `0.000125`. Whole, not negative. */
export function usdText(nanoUsd: number): string {
  let fraction = nanoUsd % 1_000_000_000;
  const whole = (nanoUsd - fraction) / 1_000_000_000;
  if (fraction === 0) return String(whole);
  let places = 9;
  for (; fraction % 10 === 0; places--) fraction /= 10;
  const digits = String(fraction);
  return `${whole}.${zeros[places - digits.length]}${digits}`;
}

/** More than anybody budgets for, and little enough that sums of such amounts stay exact in a `number`. */
const mostUsd = 4_000_000;

/** Dollars, as JSON had them, in whole nano-dollars; undefined for what is finer, negative, none, or beyond measure. */
export function nanoUsdOf(usd: number): number | undefined {
  if (!(usd >= 0 && usd <= mostUsd)) return undefined;
  // The shortest text that means this number is the one that was written; multiplied, it would be another.
  const [mantissa = '', exponent = '0'] = String(usd).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = 9 - fraction.length + Number(exponent);
  return shift < 0 ? undefined : Number(whole + fraction) * 10 ** shift;
}
