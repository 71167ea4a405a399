/** Where the ledger keeps what it keeps, as it wants it: every storage implements this, and nothing here knows which. */
import type { CallRecord } from './call-record.ts';

/** What was spent of a budget in one of its buckets. */
export interface BucketSpend {
  readonly bucketStartMs: number;
  readonly spentNanoUsd: number;
}

/** What usage is grouped by, and the field that says whose a row is: of the API, and of what is added up. */
export const usageFields = {
  key: 'key_id',
  team: 'team_id',
  user: 'user_id',
  organization: 'organization_id',
  customer: 'customer',
  model: 'model',
  provider: 'provider',
  tag: 'tag',
  day: 'day',
} as const;
export type UsageGroup = keyof typeof usageFields;
export const usageGroups = Object.keys(usageFields) as readonly UsageGroup[];

export interface UsageQuery {
  readonly groupBy: UsageGroup;
  /** Whole days of UTC, Unix time in milliseconds: from the first, up to but without the second. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only what stands there. */
  readonly organizationId?: string;
  readonly teamId?: string;
  readonly keyId?: string;
  /** Only what comes behind this one, in the order of the groups' own texts; the empty text for calls without one. */
  readonly after?: string;
  /** At most so many; all where absent. */
  readonly limit?: number;
}

export interface UsageRow {
  /** Of what was grouped by; `null` for calls without one. */
  readonly group: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

/** Methods throw or reject with `storage_unavailable`. */
export interface LedgerStore {
  /** Nothing was ever kept, and what is to hold it has to be made first. Absent: there is nothing to be made. */
  readonly isUnmade?: boolean;
  /**
   * All of a group or none of it, durable once it returns or resolves. `again`: a commit of some of them failed, or nobody heard
   * how it ended; those that are there after all are passed over, and what they would have added to roll-ups and budgets too. An
   * empty group only finds out whether anything can be written.
   */
  commit(records: readonly CallRecord[], again?: boolean): void | Promise<void>;
  /** Buckets that begin at `sinceMs` or later, in any order. */
  spent(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]>;
  /** In the order of the groups' own texts, calls without one first. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
}
