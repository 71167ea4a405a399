/** Objects as a person reads them: a list as a table, one as its fields. */

/** Shown of a list, where an object has it. */
const columns = [
  'id',
  'name',
  'hint',
  'email',
  'organization_id',
  'team_id',
  'user_id',
  'role',
  'models',
  'expires_at',
  'disabled',
];

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(String).join(',');
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll(/\p{Cc}/gu, '?');
}

export function renderTable(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const shown = columns.filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined));
  const lines = [
    shown.map((name) => name.toUpperCase()),
    ...rows.map((row) => shown.map((name) => cell(row[name]))),
  ];
  const widths = shown.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, at) => text.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export function renderObject(fields: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}\n`)
    .join('');
}
