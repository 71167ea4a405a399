/** Objects as a person reads them: a list as a table, one as its fields. */

/** Shown of a list, where an object has it. */
const columns = [
  'id',
  'provider',
  'name',
  'hint',
  'source',
  'base_url',
  'email',
  'organization_id',
  'team_id',
  'user_id',
  'role',
  'models',
  'limits',
  'budgets',
  'expires_at',
  'disabled',
  ...['key_id', 'customer', 'provider', 'model', 'tag', 'day'],
  ...['requests', 'errors', 'input_tokens', 'cached_tokens', 'output_tokens', 'cost_usd'],
];

type Fields = Readonly<Record<string, unknown>>;

/** `1.5 of 5/day`: what is spent of a budget. */
function budgetText({ limit_usd, window, rolling, spent_usd }: Fields): string {
  return `${spent_usd === null ? '?' : String(spent_usd)} of ${String(limit_usd)}/${String(window)}${rolling === true ? '/rolling' : ''}`;
}

/** `rpm 60, parallel 2`: what an object says. */
function fieldsText(fields: Fields): string {
  if ('limit_usd' in fields) return budgetText(fields);
  const said = Object.entries(fields).filter(([, value]) => value !== null);
  return said.map(([name, value]) => `${name} ${String(value)}`).join(', ');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(cell).join(',');
  return (typeof value === 'object' ? fieldsText(value as Fields) : String(value)).replaceAll(
    /\p{Cc}/gu,
    '?',
  );
}

export function renderTable(rows: readonly Fields[]): string {
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

export function renderObject(fields: Fields): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}\n`)
    .join('');
}
