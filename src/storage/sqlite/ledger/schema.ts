/** The forms of the ledger's databases: one for the entries of each month, one for what is added up. */
import { usageTables } from '../../ledger/usage-schema.ts';
import type { Migration } from '../../migration.ts';

/**
 * A term is a text many entries share, JSON: a caller is `[key, user, team, organization, tags]`, a target `[endpoint, provider,
 * model, mode, stream, price]`. `charges` is `[[budget, start of its bucket], …]`.
 */
const terms = 'CREATE TABLE terms (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)';

const furtherColumns = `
      requested_model TEXT,
      customer TEXT,
      status INTEGER NOT NULL,
      error TEXT,
      attempts INTEGER NOT NULL,
      latency_us INTEGER NOT NULL,
      first_token_us INTEGER,
      finish TEXT,
      input_tokens INTEGER,
      cached_tokens INTEGER,
      output_tokens INTEGER,
      further_usage TEXT,
      usage_estimated INTEGER NOT NULL,
      cost_nano_usd INTEGER,
      cost_unknown INTEGER NOT NULL,
      charges TEXT,
      upstream_request_id TEXT`;

const calls = `CREATE VIEW calls AS SELECT
      number, entries.id, ended_at_ms,
      callers.text ->> '$[0]' AS key_id, callers.text ->> '$[1]' AS user_id, callers.text ->> '$[2]' AS team_id,
      callers.text ->> '$[3]' AS organization_id, callers.text -> '$[4]' AS tags,
      targets.text ->> '$[0]' AS endpoint, targets.text ->> '$[1]' AS provider, targets.text ->> '$[2]' AS model,
      targets.text ->> '$[3]' AS mode, targets.text ->> '$[4]' AS stream, targets.text -> '$[5]' AS price,
      COALESCE(requested_model, targets.text ->> '$[2]') AS requested_model, customer, status, error, attempts,
      latency_us, first_token_us, finish, input_tokens, cached_tokens, output_tokens, further_usage, usage_estimated, cost_nano_usd, cost_unknown,
      charges, upstream_request_id
      FROM entries JOIN terms AS callers ON callers.id = caller JOIN terms AS targets ON targets.id = target`;

const entries: Migration = {
  number: 1,
  name: 'entries',
  statements: [
    terms,
    `CREATE TABLE entries (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      ended_at_ms INTEGER NOT NULL,
      caller INTEGER NOT NULL REFERENCES terms (id),
      target INTEGER NOT NULL REFERENCES terms (id),${furtherColumns})`,
    calls,
  ],
};

/**
 * Nobody looks for an entry by its id but who writes one again, and an index of them cost as much as the entries. Terms are written
 * in the transaction that needs them and never go: to look for them again at each entry told nothing.
 */
const asWritten: Migration = {
  number: 2,
  name: 'entries as they are written, without an index',
  statements: [
    'DROP VIEW calls',
    'ALTER TABLE entries RENAME TO entries_by_id',
    `CREATE TABLE entries (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      ended_at_ms INTEGER NOT NULL,
      caller INTEGER NOT NULL,
      target INTEGER NOT NULL,${furtherColumns})`,
    'INSERT INTO entries SELECT * FROM entries_by_id ORDER BY number',
    'DROP TABLE entries_by_id',
    calls,
  ],
};

const usage: Migration = {
  number: 1,
  name: 'usage',
  statements: [
    ...usageTables,
    // Up to which entry of a month all is added up.
    'CREATE TABLE added_up (month TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL)',
  ],
};

export const entrySteps: readonly Migration[] = [entries, asWritten];
export const usageSteps: readonly Migration[] = [usage];
