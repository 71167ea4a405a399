/** The statements identity needs, parameters apart from text throughout, in what every storage understands. */
import { GatewayError } from '../core/errors.ts';
import type { EntityKind, EntityOf } from '../identity/entity.ts';
import type { Change, ListQuery } from '../identity/identity-store.ts';
import { type Cell, cellsOf, tables } from './rows.ts';
import { insertCredential, updateCredential } from './stored-credentials.ts';

/** A `?` stands for each cell, in order, and nowhere else. */
export interface Statement {
  readonly text: string;
  readonly cells: readonly Cell[];
}

/** One of a transaction's statements. */
export interface Step extends Statement {
  /** It changes exactly one row, or the transaction fails with `conflict`. */
  readonly mustChangeOne?: true;
}

/** Throws `conflict`. `changed`: how many rows. */
export function checkChanged({ mustChangeOne }: Step, changed: number): void {
  if (mustChangeOne === true && changed !== 1)
    throw new GatewayError('conflict', 'The object was changed or deleted meanwhile. Read it again.');
}

function columnsOf(kind: EntityKind): string {
  return tables[kind].columns.map(({ name }) => name).join(', ');
}

function insert<Kind extends EntityKind>(kind: Kind, entity: EntityOf[Kind]): Step {
  const places = tables[kind].columns.map(() => '?').join(', ');
  return {
    text: `INSERT INTO ${tables[kind].name} (${columnsOf(kind)}) VALUES (${places})`,
    cells: cellsOf(kind, entity),
  };
}

function update<Kind extends EntityKind>(kind: Kind, entity: EntityOf[Kind]): Step {
  const places = tables[kind].columns.map(({ name }) => `${name} = ?`).join(', ');
  return {
    text: `UPDATE ${tables[kind].name} SET ${places} WHERE id = ? AND version = ? AND deleted_at_ms IS NULL`,
    cells: [...cellsOf(kind, entity), entity.id, entity.version - 1],
    mustChangeOne: true,
  };
}

export function selectOne(kind: EntityKind, id: string): Statement {
  return {
    text: `SELECT ${columnsOf(kind)} FROM ${tables[kind].name} WHERE id = ? AND deleted_at_ms IS NULL`,
    cells: [id],
  };
}

const filters = [
  ['organizationId', 'organization_id = ?'],
  ['teamId', 'team_id = ?'],
  ['userId', 'user_id = ?'],
  ['before', 'id < ?'],
] as const;

export function selectPage(kind: EntityKind, query: ListQuery): Statement {
  const conditions = ['deleted_at_ms IS NULL'];
  const cells: Cell[] = [];
  for (const [name, condition] of filters) {
    const value = query[name];
    if (value === undefined) continue;
    conditions.push(condition);
    cells.push(value);
  }
  return {
    text: `SELECT ${columnsOf(kind)} FROM ${tables[kind].name} WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    cells: [...cells, query.limit],
  };
}

export function selectSecret(hash: string): Statement {
  return { text: 'SELECT * FROM key_secrets WHERE hash = ?', cells: [hash] };
}

export function selectReply(id: string): Statement {
  return { text: 'SELECT * FROM kept_replies WHERE id = ?', cells: [id] };
}

/** Which secret is the database's own, as `secretMark` of it says. */
export const selectMark: Statement = {
  text: "SELECT value FROM facts WHERE name = 'secret_mark'",
  cells: [],
};

export function insertMark(mark: string): Statement {
  return { text: "INSERT INTO facts (name, value) VALUES ('secret_mark', ?)", cells: [mark] };
}

/** A name of the database's own, by which what belongs to it is known elsewhere. */
export const selectDatabaseId: Statement = {
  text: "SELECT value FROM facts WHERE name = 'database_id'",
  cells: [],
};

/** Where it has none yet. */
export function insertDatabaseId(id: string): Statement {
  return {
    text: "INSERT INTO facts (name, value) VALUES ('database_id', ?) ON CONFLICT DO NOTHING",
    cells: [id],
  };
}

/** To be done in order, in one transaction. */
export function stepsOf(change: Change): readonly Step[] {
  if ('insert' in change) return [insert(change.insert, change.row)];
  if ('update' in change) return [update(change.update, change.row)];
  if ('addSecret' in change) {
    const { hash, keyId, createdAtMs, expiresAtMs } = change.addSecret;
    const text = 'INSERT INTO key_secrets (hash, key_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)';
    return [{ text, cells: [hash, keyId, createdAtMs, expiresAtMs] }];
  }
  if ('expireSecretsOf' in change) {
    const text =
      'UPDATE key_secrets SET expires_at_ms = ? WHERE key_id = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)';
    return [{ text, cells: [change.atMs, change.expireSecretsOf, change.atMs] }];
  }
  if ('deleteKeysOf' in change) {
    const text =
      'UPDATE keys SET deleted_at_ms = ?, updated_at_ms = ?, version = version + 1 WHERE user_id = ? AND deleted_at_ms IS NULL';
    return [{ text, cells: [change.atMs, change.atMs, change.deleteKeysOf] }];
  }
  if ('insertCredential' in change) return [insertCredential(change.insertCredential)];
  if ('updateCredential' in change) return [updateCredential(change.updateCredential)];
  if ('deleteCredential' in change) {
    const text = 'DELETE FROM upstream_credentials WHERE id = ?';
    return [{ text, cells: [change.deleteCredential], mustChangeOne: true }];
  }
  const { id, request, sealed, expiresAtMs } = change.keepReply;
  return [
    { text: 'DELETE FROM kept_replies WHERE expires_at_ms <= ?', cells: [change.nowMs] },
    {
      text: 'INSERT INTO kept_replies (id, request, sealed, expires_at_ms) VALUES (?, ?, ?, ?)',
      cells: [id, request, sealed, expiresAtMs],
    },
  ];
}
