/**
 * What several workers have in common, kept in one process: the counts of calls, the ledger's commits, word of changes, and the
 * sum of their metrics. What a worker held is free as soon as it is gone.
 */
import { GatewayError } from '../core/errors.ts';
import type { ChangeFeed } from '../identity/changes.ts';
import type { CallRecord } from '../ledger/call-record.ts';
import type { Counters, Grant } from '../ledger/counters.ts';
import type { LedgerStore } from '../ledger/ledger-store.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { type MetricsSnapshot, snapshotOf, sumOf } from '../telemetry/metrics-snapshot.ts';
import { HeldCalls } from './held-calls.ts';
import type { Handlers, LedgerPlace } from './protocol.ts';
import { recordOf } from './record-text.ts';
import { SharedCommits } from './shared-commits.ts';
import { Wire } from './wire.ts';

export interface OwnerOptions {
  readonly counters: Counters;
  /** Absent where nothing can be kept. */
  readonly ledger: LedgerStore | undefined;
  readonly place: LedgerPlace;
  readonly changes: ChangeFeed;
}

/** How long a worker may take to say what it counted, before what it said last is taken. */
const askMs = 1000;
/** How long the commits of a worker that is gone are waited for. */
const commitMs = 500;
const nothing = snapshotOf(new Metrics(), 0);

/** Throws `storage_unavailable`. */
function kept<T>(what: T | undefined): T {
  if (what === undefined) throw new GatewayError('storage_unavailable', 'Nothing can be kept here.');
  return what;
}

/** One worker, as its owner sees it. */
interface Member {
  readonly wire: Wire;
  readonly held: HeldCalls;
  last: MetricsSnapshot;
  /** Commits it has handed over that are under way. */
  readonly committing: Set<Promise<unknown>>;
}

/** One end of a worker's channel. */
export interface Membership {
  readonly wire: Wire;
  /** The worker is gone. Resolves to how many calls it held something for: that is given back. */
  leave(): Promise<number>;
}

export class Owner {
  readonly #options: OwnerOptions;
  readonly #commits: SharedCommits | undefined;
  readonly #members = new Set<Member>();
  /** What workers counted that are gone, as far as they told. */
  #departed = nothing;

  constructor(options: OwnerOptions) {
    this.#options = options;
    const { ledger } = options;
    this.#commits = ledger && new SharedCommits(ledger);
  }

  /** `send` as in `Wire`. */
  join(send: (message: unknown) => void, more: Handlers = {}): Membership {
    const wire = new Wire(send, { ...this.#handlers(() => member), ...more });
    const member: Member = {
      wire,
      held: new HeldCalls(this.#options.counters, this.#options.ledger !== undefined),
      last: nothing,
      committing: new Set(),
    };
    this.#members.add(member);
    return { wire, leave: () => this.#leave(member) };
  }

  /** What all workers counted, those that are gone included. */
  async metrics(): Promise<MetricsSnapshot> {
    await Promise.all([...this.#members].map((member) => this.#askForMetrics(member)));
    const all = [this.#departed, ...[...this.#members].map(({ last }) => last)];
    const residentBytes = all.reduce((sum, one) => sum + one.residentBytes, process.memoryUsage.rss());
    return snapshotOf(sumOf(all), residentBytes);
  }

  #handlers(of: () => Member): Handlers {
    const { counters, ledger, place } = this.#options;
    return {
      ledger: () => place,
      reserve: (claim) => {
        const grant = counters.reserve(claim);
        if (grant instanceof Promise) return grant.then((later) => this.#hold(of(), later));
        return this.#hold(of(), grant);
      },
      settle: ({ id, outcome }) => of().held.settle(id, outcome),
      standing: ({ budgets, nowMs }) => counters.standing(budgets, nowMs),
      commit: ({ records, again }) => this.#commit(of(), records.map(recordOf), again),
      spent: ({ budgetId, sinceMs }) => kept(ledger).spent(budgetId, sinceMs),
      usage: (query) => kept(ledger).usage(query),
      changed: () => this.#changed(of()),
      metrics: () => this.metrics(),
      goodbye: (snapshot) => {
        of().last = snapshot;
        return null;
      },
    };
  }

  #hold(member: Member, grant: Grant): Grant {
    member.held.hold(grant);
    return grant;
  }

  async #commit(member: Member, records: readonly CallRecord[], again: boolean): Promise<null> {
    const committing = kept(this.#commits).add(records, again);
    member.committing.add(committing);
    try {
      await committing;
      for (const record of records) member.held.kept(record);
    } finally {
      member.committing.delete(committing);
    }
    return null;
  }

  #changed(from: Member): void {
    this.#options.changes.hear();
    for (const member of this.#members) if (member !== from) member.wire.tell('changed', null);
  }

  async #askForMetrics(member: Member): Promise<void> {
    const asked = member.wire.ask('metrics', null).then(
      (snapshot) => {
        member.last = snapshot;
      },
      () => {},
    );
    await Promise.race([asked, Bun.sleep(askMs)]);
  }

  async #leave(member: Member): Promise<number> {
    if (!this.#members.delete(member)) return 0;
    member.wire.cut();
    const counted = sumOf([this.#departed, member.last]);
    counted.inFlight = 0;
    counted.ledgerIsAvailable = true;
    this.#departed = snapshotOf(counted, 0);
    // What it handed over is still written, and then it is spent.
    await Promise.race([Promise.allSettled([...member.committing]), Bun.sleep(commitMs)]);
    return member.held.release();
  }
}
