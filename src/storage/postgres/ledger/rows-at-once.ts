/** Many rows for one table as one statement with one parameter: a round trip and a plan for all of them. */
import type { Cell } from '../../rows.ts';
import type { Statement } from '../../statements.ts';
import { storableCell } from '../client.ts';

const form = /^INSERT INTO (\w+) \(([^)]+)\) VALUES \([^)]*\)([\s\S]*)$/;

/** All of one text, an INSERT; no two may be in conflict with each other where it says `DO UPDATE`. */
export function rowsAtOnce(statements: readonly Statement[]): Statement | undefined {
  const [first] = statements;
  if (first === undefined) return undefined;
  const [, table, columns, rest] = form.exec(first.text) ?? [];
  if (columns === undefined) throw new Error('this is no INSERT');
  const names = columns.split(', ');
  const row = ({ cells }: Statement) =>
    Object.fromEntries(names.map((name, at): [string, Cell] => [name, storableCell(cells[at] ?? null)]));
  return {
    text: `INSERT INTO ${table} (${columns})
      SELECT ${columns} FROM json_populate_recordset(NULL::${table}, CAST(CAST(? AS TEXT) AS JSON))${rest}`,
    cells: [JSON.stringify(statements.map(row))],
  };
}
