/** Prints the rows: one table for people, or JSON for a machine. */
import { type Row, verdict } from './row.ts';

export function printTable(rows: readonly Row[]): void {
  const cells = [
    ['what', 'bound', 'measured', '', 'from'],
    ...rows.map((row) => [
      row.what,
      row.bound === undefined
        ? '-'
        : `${row.bound.kind === 'most' ? '≤' : '≥'} ${amount(row.bound.value, row.unit)}`,
      row.measured === undefined ? '-' : amount(row.measured, row.unit),
      verdict(row),
      row.failed ?? row.skipped ?? row.detail ?? '',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const hows = rows.flatMap((row) => (row.how === undefined ? [] : [`- ${row.what}: ${row.how}`]));
  process.stdout.write(`\n${lines.join('\n')}\n\nHow each figure is made\n${hows.join('\n')}\n`);
}

export function printJson(rows: readonly Row[]): void {
  const out = rows.map((row) => ({ ...row, verdict: verdict(row) }));
  process.stdout.write(`${JSON.stringify(out, null, 2)}\n`);
}

function amount(value: number, unit: Row['unit']): string {
  const digits = unit === 'x' ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
