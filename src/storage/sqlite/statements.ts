/** The statements identity needs, parameters apart from text throughout; nothing in them is SQLite's alone. */
import type { Database } from 'bun:sqlite';
import { GatewayError } from '../../core/errors.ts';
import type { EntityKind, EntityOf } from '../../identity/entity.ts';
import type { Change, ListQuery } from '../../identity/identity-store.ts';
import { type Cell, cellsOf, type Row, tables } from './rows.ts';

function columnsOf(kind: EntityKind): string {
  return tables[kind].columns.map(({ name }) => name).join(', ');
}

function insert<Kind extends EntityKind>(database: Database, kind: Kind, entity: EntityOf[Kind]): void {
  const places = tables[kind].columns.map(() => '?').join(', ');
  database
    .query(`INSERT INTO ${tables[kind].name} (${columnsOf(kind)}) VALUES (${places})`)
    .run(...cellsOf(kind, entity));
}

function update<Kind extends EntityKind>(database: Database, kind: Kind, entity: EntityOf[Kind]): void {
  const places = tables[kind].columns.map(({ name }) => `${name} = ?`).join(', ');
  const { changes } = database
    .query(`UPDATE ${tables[kind].name} SET ${places} WHERE id = ? AND version = ? AND deleted_at_ms IS NULL`)
    .run(...cellsOf(kind, entity), entity.id, entity.version - 1);
  if (changes !== 1)
    throw new GatewayError('conflict', 'The object was changed or deleted meanwhile. Read it again.');
}

export function selectOne(database: Database, kind: EntityKind, id: string): Row | null {
  return database
    .query<Row, Cell[]>(
      `SELECT ${columnsOf(kind)} FROM ${tables[kind].name} WHERE id = ? AND deleted_at_ms IS NULL`,
    )
    .get(id);
}

const filters = [
  ['organizationId', 'organization_id = ?'],
  ['teamId', 'team_id = ?'],
  ['userId', 'user_id = ?'],
  ['before', 'id < ?'],
] as const;

export function selectPage(database: Database, kind: EntityKind, query: ListQuery): Row[] {
  const conditions = ['deleted_at_ms IS NULL'];
  const cells: Cell[] = [];
  for (const [name, condition] of filters) {
    const value = query[name];
    if (value === undefined) continue;
    conditions.push(condition);
    cells.push(value);
  }
  return database
    .query<Row, Cell[]>(
      `SELECT ${columnsOf(kind)} FROM ${tables[kind].name} WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    )
    .all(...cells, query.limit);
}

/** To be called inside a transaction. */
export function apply(database: Database, change: Change): void {
  if ('insert' in change) insert(database, change.insert, change.row);
  else if ('update' in change) update(database, change.update, change.row);
  else if ('addSecret' in change) {
    const { hash, keyId, createdAtMs, expiresAtMs } = change.addSecret;
    database
      .query('INSERT INTO key_secrets (hash, key_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)')
      .run(hash, keyId, createdAtMs, expiresAtMs);
  } else if ('expireSecretsOf' in change)
    database
      .query(
        'UPDATE key_secrets SET expires_at_ms = ? WHERE key_id = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)',
      )
      .run(change.atMs, change.expireSecretsOf, change.atMs);
  else if ('deleteKeysOf' in change)
    database
      .query(
        'UPDATE keys SET deleted_at_ms = ?, updated_at_ms = ?, version = version + 1 WHERE user_id = ? AND deleted_at_ms IS NULL',
      )
      .run(change.atMs, change.atMs, change.deleteKeysOf);
  else {
    const { id, request, sealed, expiresAtMs } = change.keepReply;
    database.query('DELETE FROM kept_replies WHERE expires_at_ms <= ?').run(change.nowMs);
    database
      .query('INSERT INTO kept_replies (id, request, sealed, expires_at_ms) VALUES (?, ?, ?, ?)')
      .run(id, request, sealed, expiresAtMs);
  }
}
