/** The form of the ledger in PostgreSQL: entries by month, so that old ones go with their partition, and what they add up to. */
import { usageTables } from '../../ledger/usage-schema.ts';
import type { Migration } from '../../migration.ts';

/** `tags`, `price`, `further_usage` and `charges` are JSON, the last `[[budget, start of its bucket], …]`. */
const calls: Migration = {
  number: 1,
  name: 'calls',
  statements: [
    `CREATE TABLE calls (
      id TEXT NOT NULL,
      ended_at_ms BIGINT NOT NULL,
      key_id TEXT,
      user_id TEXT,
      team_id TEXT,
      organization_id TEXT,
      tags TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      provider TEXT,
      model TEXT,
      mode TEXT,
      stream INTEGER NOT NULL,
      price TEXT,
      requested_model TEXT,
      customer TEXT,
      status INTEGER NOT NULL,
      error TEXT,
      attempts INTEGER NOT NULL,
      latency_us BIGINT NOT NULL,
      first_token_us BIGINT,
      finish TEXT,
      input_tokens BIGINT,
      cached_tokens BIGINT,
      output_tokens BIGINT,
      further_usage TEXT,
      usage_estimated INTEGER NOT NULL,
      cost_nano_usd BIGINT,
      cost_unknown INTEGER NOT NULL,
      charges TEXT,
      upstream_request_id TEXT,
      PRIMARY KEY (id, ended_at_ms)) PARTITION BY RANGE (ended_at_ms)`,
    ...usageTables,
  ],
};

export const ledgerSteps: readonly Migration[] = [calls];
