/** One line of the result: what was measured, the bound it is held to, and the verdict. */
export type Verdict = 'PASS' | 'OVER' | 'SKIPPED' | 'FAILED' | '';

export interface Row {
  readonly what: string;
  readonly unit: 'x' | 'ms' | 'MB' | 'µs';
  /** Absent on rows that are only reported. */
  readonly bound?: { readonly kind: 'most' | 'least'; readonly value: number };
  readonly measured?: number;
  /** The absolute figures behind the measured one. */
  readonly detail?: string;
  /** How the figure is made, in one line. */
  readonly how?: string;
  readonly skipped?: string;
  readonly failed?: string;
}

export function verdict(row: Row): Verdict {
  if (row.failed !== undefined) return 'FAILED';
  if (row.skipped !== undefined || row.measured === undefined) return 'SKIPPED';
  if (row.bound === undefined) return '';
  const { kind, value } = row.bound;
  return (kind === 'most' ? row.measured <= value : row.measured >= value) ? 'PASS' : 'OVER';
}
