/** Objects that providers keep, and whose each of them is. */
import type { Migration } from '../migration.ts';

export const objects: Migration = {
  number: 3,
  name: 'objects',
  statements: [
    `CREATE TABLE upstream_objects (
      id TEXT NOT NULL,
      provider TEXT NOT NULL,
      kind TEXT NOT NULL,
      owner TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      PRIMARY KEY (id, provider))`,
  ],
};
