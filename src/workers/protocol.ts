/** What workers and their owner say to each other: questions with their answers, and news that nobody answers. */
import type { Budget } from '../ledger/caps.ts';
import type { BudgetStanding, Claim, Grant, Outcome } from '../ledger/counters.ts';
import type { BucketSpend, UsageQuery, UsageRow } from '../ledger/ledger-store.ts';
import type { MetricsSnapshot } from '../telemetry/metrics-snapshot.ts';
import type { RecordText } from './record-text.ts';

interface Question<Asked, Answer> {
  readonly asked: Asked;
  readonly answer: Answer;
}

/** Whether anything can be kept, and whether anything ever was. */
export interface LedgerPlace {
  /** Why nothing can be kept; undefined where it can. */
  readonly obstacle?: string | undefined;
  readonly isUnmade: boolean;
}

export interface Questions {
  /** Whether a worker still gets round to anything. */
  readonly alive: Question<null, null>;
  readonly ledger: Question<null, LedgerPlace>;
  readonly reserve: Question<Claim, Grant>;
  readonly standing: Question<
    { readonly budgets: readonly Budget[]; readonly nowMs: number },
    readonly BudgetStanding[]
  >;
  readonly commit: Question<{ readonly records: readonly RecordText[]; readonly again: boolean }, null>;
  readonly spent: Question<{ readonly budgetId: string; readonly sinceMs: number }, readonly BucketSpend[]>;
  readonly usage: Question<UsageQuery, readonly UsageRow[]>;
  /** Of the owner: what all workers counted; of a worker: what it counted itself. */
  readonly metrics: Question<null, MetricsSnapshot>;
  /** A worker's last: what it counted in its life. */
  readonly goodbye: Question<MetricsSnapshot, null>;
}

export interface News {
  /** A worker takes calls now. */
  readonly listening: { readonly port: number };
  readonly settle: { readonly id: string; readonly outcome: Outcome };
  /** Something identity keeps was changed. */
  readonly changed: null;
  /** The worker is to end, its calls first. */
  readonly stop: null;
}

/** What one end answers and listens to. */
export type Handlers = {
  readonly [Name in keyof Questions]?: (
    asked: Questions[Name]['asked'],
  ) => Questions[Name]['answer'] | Promise<Questions[Name]['answer']>;
} & { readonly [Name in keyof News]?: (news: News[Name]) => void };
