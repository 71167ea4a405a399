/** Organizations, teams, users and keys; what opens a key; replies kept for requests that are sent again. */
import type { Migration } from '../migration.ts';

/** Lists and records are JSON; times are milliseconds since 1970; flags are 0 or 1. */
const common = `
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  models TEXT,
  providers TEXT,
  endpoints TEXT,
  allowed_ips TEXT,
  metadata TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  version INTEGER NOT NULL,
  deleted_at_ms BIGINT`;

export const identity: Migration = {
  number: 1,
  name: 'identity',
  statements: [
    `CREATE TABLE organizations (${common})`,
    `CREATE TABLE teams (${common}, organization_id TEXT REFERENCES organizations (id))`,
    'CREATE INDEX teams_of_organization ON teams (organization_id, id)',
    `CREATE TABLE users (${common},
      organization_id TEXT REFERENCES organizations (id),
      team_id TEXT REFERENCES teams (id),
      email TEXT,
      role TEXT NOT NULL)`,
    'CREATE INDEX users_of_organization ON users (organization_id, id)',
    'CREATE INDEX users_of_team ON users (team_id, id)',
    `CREATE TABLE keys (${common},
      organization_id TEXT REFERENCES organizations (id),
      team_id TEXT REFERENCES teams (id),
      user_id TEXT REFERENCES users (id),
      role TEXT NOT NULL,
      expires_at_ms BIGINT,
      hint TEXT NOT NULL)`,
    'CREATE INDEX keys_of_organization ON keys (organization_id, id)',
    'CREATE INDEX keys_of_team ON keys (team_id, id)',
    'CREATE INDEX keys_of_user ON keys (user_id, id)',
    `CREATE TABLE key_secrets (
      hash TEXT NOT NULL PRIMARY KEY,
      key_id TEXT NOT NULL REFERENCES keys (id),
      created_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT)`,
    'CREATE INDEX secrets_of_key ON key_secrets (key_id)',
    `CREATE TABLE kept_replies (
      id TEXT NOT NULL PRIMARY KEY,
      request TEXT NOT NULL,
      sealed TEXT NOT NULL,
      expires_at_ms BIGINT NOT NULL)`,
    'CREATE INDEX kept_replies_by_end ON kept_replies (expires_at_ms)',
    'CREATE TABLE facts (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)',
  ],
};
