/** What is kept of providers: whose each object of theirs is, and credentials for them, sealed. */
import type { Migration } from '../migration.ts';

export const upstream: Migration = {
  number: 3,
  name: 'upstream',
  statements: [
    `CREATE TABLE upstream_objects (
      id TEXT NOT NULL,
      provider TEXT NOT NULL,
      kind TEXT NOT NULL,
      owner TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      PRIMARY KEY (id, provider))`,
    `CREATE TABLE upstream_credentials (
      id TEXT NOT NULL PRIMARY KEY,
      provider TEXT NOT NULL,
      name TEXT NOT NULL,
      base_url TEXT,
      hint TEXT NOT NULL,
      sealed TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      updated_at_ms BIGINT NOT NULL,
      version INTEGER NOT NULL)`,
    'CREATE UNIQUE INDEX credential_of_provider ON upstream_credentials (provider)',
  ],
};
