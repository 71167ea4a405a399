/** Numbers as text where every call writes some. */

/** What `toFixed(3)` says of a number that is not negative, at a third of its price. */
export function threeDecimals(value: number): string {
  const thousandths = Math.round(value * 1000);
  const whole = Math.trunc(thousandths / 1000);
  const rest = thousandths - whole * 1000;
  if (rest >= 100) return `${whole}.${rest}`;
  return rest >= 10 ? `${whole}.0${rest}` : `${whole}.00${rest}`;
}
