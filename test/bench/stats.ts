/** Medians: the only statistic the benchmark trusts on a machine it shares with others. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('median of nothing');
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}

/** Median of a[i] / b[i]: both were measured next to each other, so a slow second hits them alike. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(
    a.map((value, i) => {
      const base = b[i];
      if (base === undefined || base === 0) throw new Error('rounds do not pair');
      return value / base;
    }),
  );
}
