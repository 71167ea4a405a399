/** The forms of the ledger's databases: one for the entries of each month, one for what is added up. */
import type { Migration } from '../../migration.ts';

/**
 * A term is a text many entries share, JSON: a caller is `[key, user, team, organization, tags]`, a target `[endpoint, provider,
 * model, mode, stream, price]`. `charges` is `[[budget, start of its bucket], …]`.
 */
const entries: Migration = {
  number: 1,
  name: 'entries',
  statements: [
    'CREATE TABLE terms (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)',
    `CREATE TABLE entries (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      ended_at_ms INTEGER NOT NULL,
      caller INTEGER NOT NULL REFERENCES terms (id),
      target INTEGER NOT NULL REFERENCES terms (id),
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
      cost_nano_usd INTEGER,
      cost_unknown INTEGER NOT NULL,
      charges TEXT,
      upstream_request_id TEXT)`,
    `CREATE VIEW calls AS SELECT
      number, entries.id, ended_at_ms,
      callers.text ->> '$[0]' AS key_id, callers.text ->> '$[1]' AS user_id, callers.text ->> '$[2]' AS team_id,
      callers.text ->> '$[3]' AS organization_id, callers.text -> '$[4]' AS tags,
      targets.text ->> '$[0]' AS endpoint, targets.text ->> '$[1]' AS provider, targets.text ->> '$[2]' AS model,
      targets.text ->> '$[3]' AS mode, targets.text ->> '$[4]' AS stream, targets.text -> '$[5]' AS price,
      COALESCE(requested_model, targets.text ->> '$[2]') AS requested_model, customer, status, error, attempts,
      latency_us, first_token_us, finish, input_tokens, cached_tokens, output_tokens, further_usage, cost_nano_usd, cost_unknown,
      charges, upstream_request_id
      FROM entries JOIN terms AS callers ON callers.id = caller JOIN terms AS targets ON targets.id = target`,
  ],
};

const sums = `
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL`;

/** Days since 1970, UTC; an empty text where a call has none. */
const usage: Migration = {
  number: 1,
  name: 'usage',
  statements: [
    `CREATE TABLE usage_by_day (
      day INTEGER NOT NULL,
      organization_id TEXT NOT NULL,
      team_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      customer TEXT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,${sums},
      UNIQUE (day, key_id, model, provider, customer, user_id, team_id, organization_id))`,
    'CREATE INDEX usage_of_key ON usage_by_day (key_id, day)',
    'CREATE INDEX usage_of_team ON usage_by_day (team_id, day)',
    'CREATE INDEX usage_of_organization ON usage_by_day (organization_id, day)',
    `CREATE TABLE tag_usage_by_day (
      day INTEGER NOT NULL,
      organization_id TEXT NOT NULL,
      team_id TEXT NOT NULL,
      key_id TEXT NOT NULL,
      tag TEXT NOT NULL,${sums},
      UNIQUE (day, key_id, tag, team_id, organization_id))`,
    'CREATE INDEX tag_usage_of_team ON tag_usage_by_day (team_id, day)',
    'CREATE INDEX tag_usage_of_organization ON tag_usage_by_day (organization_id, day)',
    `CREATE TABLE names_of_day (
      day INTEGER NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      PRIMARY KEY (day, kind, name)) WITHOUT ROWID`,
    `CREATE TABLE budget_spend (
      budget_id TEXT NOT NULL,
      bucket_start_ms INTEGER NOT NULL,
      spent_nano_usd INTEGER NOT NULL,
      PRIMARY KEY (budget_id, bucket_start_ms)) WITHOUT ROWID`,
    // Up to which entry of a month all is added up.
    'CREATE TABLE added_up (month TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL)',
  ],
};

export const entrySteps: readonly Migration[] = [entries];
export const usageSteps: readonly Migration[] = [usage];
