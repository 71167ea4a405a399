/** What entries are added up in, the same in every storage. */

const sums = `
  requests INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL`;

/** Days since 1970, UTC; an empty text where a call has none. */
export const usageTables: readonly string[] = [
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
  // The same without whose it is within a team: as small as there are few teams and models, however many keys.
  `CREATE TABLE team_usage_by_day (
    day INTEGER NOT NULL,
    organization_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,${sums},
    UNIQUE (day, team_id, model, provider, organization_id))`,
  'CREATE INDEX team_usage_of_team ON team_usage_by_day (team_id, day)',
  'CREATE INDEX team_usage_of_organization ON team_usage_by_day (organization_id, day)',
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
];
