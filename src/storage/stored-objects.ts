/** Whose the objects of providers are, in rows of whatever keeps rows; nothing in the statements is one database's alone. */
import type { ObjectStore, UpstreamObject } from '../identity/object-store.ts';
import type { Row } from './rows.ts';
import type { Statement, Step } from './statements.ts';

/** What a storage lends to those that keep something in it. Both throw or reject with `storage_unavailable`. */
export interface RowAccess {
  rows(statement: Statement): readonly Row[] | Promise<readonly Row[]>;
  /** All of them or none, durable once it is done. */
  run(steps: readonly Step[]): void | Promise<void>;
  /** Nothing was ever kept: there is nothing to take out either. */
  isEmpty(): boolean;
}

/** So many ids go into one question at most; databases take some more. */
const idsAtOnce = 1000;

function select(ids: readonly string[]): Statement {
  const places = ids.map(() => '?').join(', ');
  return {
    text: `SELECT provider, id, kind, owner, created_at_ms FROM upstream_objects WHERE id IN (${places})`,
    cells: ids,
  };
}

/** Whoever has an object already keeps it. */
function insert({ provider, id, kind, owner, createdAtMs }: UpstreamObject): Step {
  return {
    text: `INSERT INTO upstream_objects (id, provider, kind, owner, created_at_ms) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (id, provider) DO NOTHING`,
    cells: [id, provider, kind, owner, createdAtMs],
  };
}

function objectOf(row: Row): UpstreamObject {
  return {
    provider: String(row.provider),
    id: String(row.id),
    kind: String(row.kind),
    owner: String(row.owner),
    createdAtMs: Number(row.created_at_ms),
  };
}

export class StoredObjects implements ObjectStore {
  readonly #access: RowAccess;

  constructor(access: RowAccess) {
    this.#access = access;
  }

  async findObjects(ids: readonly string[]): Promise<readonly UpstreamObject[]> {
    const asked = [...new Set(ids)];
    const found: UpstreamObject[] = [];
    for (let at = 0; at < asked.length; at += idsAtOnce) {
      const rows = await this.#access.rows(select(asked.slice(at, at + idsAtOnce)));
      found.push(...rows.map(objectOf));
    }
    return found;
  }

  async addObjects(objects: readonly UpstreamObject[]): Promise<void> {
    // In one order, whoever writes: two that wait for each other's rows would wait for ever.
    const inOrder = objects.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await this.#access.run(inOrder.map(insert));
  }

  async removeObject(provider: string, id: string): Promise<void> {
    if (this.#access.isEmpty()) return;
    await this.#access.run([
      { text: 'DELETE FROM upstream_objects WHERE id = ? AND provider = ?', cells: [id, provider] },
    ]);
  }
}
