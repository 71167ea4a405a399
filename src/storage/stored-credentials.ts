/** Credentials for providers as rows; nothing in the statements is one database's alone. */
import type { StoredCredential } from '../identity/stored-credential.ts';
import type { Row } from './rows.ts';

const columns = 'provider, name, base_url, hint, sealed, created_at_ms, updated_at_ms, version';

function cellsOf(credential: StoredCredential) {
  const { provider, name, baseUrl, hint, sealed, createdAtMs, updatedAtMs, version } = credential;
  return [provider, name, baseUrl, hint, sealed, createdAtMs, updatedAtMs, version];
}

export const selectCredentials = {
  text: `SELECT id, ${columns} FROM upstream_credentials ORDER BY id DESC`,
  cells: [],
};

export function insertCredential(credential: StoredCredential) {
  return {
    text: `INSERT INTO upstream_credentials (id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    cells: [credential.id, ...cellsOf(credential)],
  };
}

export function updateCredential(credential: StoredCredential) {
  const places = columns
    .split(', ')
    .map((name) => `${name} = ?`)
    .join(', ');
  return {
    text: `UPDATE upstream_credentials SET ${places} WHERE id = ? AND version = ?`,
    cells: [...cellsOf(credential), credential.id, credential.version - 1],
    mustChangeOne: true as const,
  };
}

export function credentialOf(row: Row): StoredCredential {
  return {
    id: String(row.id),
    provider: String(row.provider),
    name: String(row.name),
    baseUrl: row.base_url === null || row.base_url === undefined ? null : String(row.base_url),
    hint: String(row.hint),
    sealed: String(row.sealed),
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
    version: Number(row.version),
  };
}
