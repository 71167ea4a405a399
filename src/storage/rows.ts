/** How each kind of object stands in its table: which column holds which field, and in what form. */
import type { EntityKind, EntityOf } from '../identity/entity.ts';

export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

interface Column {
  readonly name: string;
  readonly field: string;
  readonly form: 'plain' | 'flag' | 'json';
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

function column(field: string, form: Column['form'] = 'plain'): Column {
  return { name: field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), field, form };
}

const common: readonly Column[] = [
  column('id'),
  column('name'),
  column('disabled', 'flag'),
  ...['models', 'providers', 'endpoints', 'allowedIps', 'limits', 'budgets', 'metadata', 'tags'].map(
    (field) => column(field, 'json'),
  ),
  ...['createdAtMs', 'updatedAtMs', 'version', 'deletedAtMs'].map((field) => column(field)),
];

function table(name: string, ...fields: readonly string[]): Table {
  return { name, columns: [...common, ...fields.map((field) => column(field))] };
}

export const tables: Readonly<Record<EntityKind, Table>> = {
  organization: table('organizations'),
  team: table('teams', 'organizationId'),
  user: table('users', 'organizationId', 'teamId', 'email', 'role'),
  key: table('keys', 'organizationId', 'teamId', 'userId', 'role', 'expiresAtMs', 'hint'),
};

/** The cells of an object, in the order of its table's columns. */
export function cellsOf<Kind extends EntityKind>(kind: Kind, entity: EntityOf[Kind]): Cell[] {
  const fields = entity as unknown as Readonly<Record<string, unknown>>;
  return tables[kind].columns.map(({ field, form }) => {
    const value = fields[field];
    if (value === null || value === undefined) return null;
    if (form === 'json') return JSON.stringify(value);
    return form === 'flag' ? Number(value) : (value as Cell);
  });
}

export function entityOf<Kind extends EntityKind>(kind: Kind, row: Row): EntityOf[Kind] {
  const fields = tables[kind].columns.map(({ name, field, form }) => {
    const cell = row[name] ?? null;
    if (cell === null) return [field, null];
    if (form === 'json') return [field, JSON.parse(String(cell))];
    return [field, form === 'flag' ? cell !== 0 : cell];
  });
  return Object.fromEntries(fields) as EntityOf[Kind];
}
