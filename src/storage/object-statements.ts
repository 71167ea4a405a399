/** The statements that objects of providers need; nothing in them is one database's alone, placeholders are `?`. */
import type { UpstreamObject } from '../identity/object-store.ts';

export interface ObjectStatement {
  readonly text: string;
  readonly cells: readonly (string | number)[];
}

export type ObjectRow = Readonly<Record<string, string | number | null>>;

/** So many ids go into one question at most. */
const idsAtOnce = 500;

export function selectObjects(ids: readonly string[]): readonly ObjectStatement[] {
  const asked = [...new Set(ids)];
  return Array.from({ length: Math.ceil(asked.length / idsAtOnce) }, (_, at) => {
    const cells = asked.slice(at * idsAtOnce, (at + 1) * idsAtOnce);
    const places = cells.map(() => '?').join(', ');
    const columns = 'provider, id, kind, owner, created_at_ms';
    return { text: `SELECT ${columns} FROM upstream_objects WHERE id IN (${places})`, cells };
  });
}

/** Whoever has an object already keeps it. */
export function insertObject({ provider, id, kind, owner, createdAtMs }: UpstreamObject): ObjectStatement {
  return {
    text: `INSERT INTO upstream_objects (id, provider, kind, owner, created_at_ms) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (id, provider) DO NOTHING`,
    cells: [id, provider, kind, owner, createdAtMs],
  };
}

export function deleteObject(provider: string, id: string): ObjectStatement {
  return { text: 'DELETE FROM upstream_objects WHERE id = ? AND provider = ?', cells: [id, provider] };
}

export function objectOf(row: ObjectRow): UpstreamObject {
  return {
    provider: String(row.provider),
    id: String(row.id),
    kind: String(row.kind),
    owner: String(row.owner),
    createdAtMs: Number(row.created_at_ms),
  };
}
