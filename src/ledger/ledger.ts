/**
 * Keeps what calls were. Records gather while the group before them is written; then they are committed together, and every
 * reply that waits for one of them is released.
 */
import { GatewayError } from '../core/errors.ts';
import type { CallRecord } from './call-record.ts';
import type { LedgerStore } from './ledger-store.ts';

export type WhenUnavailable = 'refuse' | 'allow';

export interface LedgerOptions {
  readonly store: LedgerStore;
  /** What becomes of calls while nothing can be kept. */
  readonly whenUnavailable: WhenUnavailable;
  /** Each record once, as its reply is about to be released; with the error in its place where it is not. */
  readonly onReleased: (record: CallRecord) => void;
  /** Undefined: records can be kept again. */
  readonly onStanding: (failure: GatewayError | undefined) => void;
  /** So many records will never be kept: nothing could be kept for too long. */
  readonly onLost: (records: number) => void;
  /** No other call is under way that could end soon. Absent: nobody knows. */
  readonly isQuiet?: () => boolean;
  /** Why nothing can be kept as things stand at the start. */
  readonly failure?: GatewayError | undefined;
  /** How long after a failure it is tried again, milliseconds. */
  readonly retryMs?: number;
}

/** Under load a group gathers a little longer: each costs some tens of microseconds however many records it has. */
const busyGroup = 4;
const busyGatherMs = 2;
/** Large enough that more would save little. */
const fullGroup = 32;
/** Making a database takes longer than a first call, which must not wait for it. */
const firstGatherMs = 250;
const usualRetryMs = 1000;
/** Records that wait for a storage that fails; what is more is lost. */
const maxRetained = 10_000;

class Group {
  readonly records: CallRecord[] = [];
  readonly #waiting = Promise.withResolvers<void>();

  constructor() {
    // A client that hung up waits for nothing, and nobody is there to hear of a failure.
    this.released.catch(() => {});
  }

  get released(): Promise<void> {
    return this.#waiting.promise;
  }

  release(failure?: GatewayError): void {
    if (failure === undefined) this.#waiting.resolve();
    else this.#waiting.reject(failure);
  }
}

export class Ledger {
  readonly #options: LedgerOptions;
  #gathering = new Group();
  /** How long the group was given to gather; undefined while nobody has begun one. */
  #gatherMs: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #committing: Promise<void> | undefined;
  #sizeBefore = 0;
  #failure: GatewayError | undefined;
  /** What could not be kept yet: written first once anything can be. */
  #retained: CallRecord[] = [];
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
    if (options.failure !== undefined) this.#suspend(options.failure);
  }

  /** Before a call goes upstream. Throws `storage_unavailable` while what it will cost could not be kept. */
  check(): void {
    if (this.#failure !== undefined && this.#options.whenUnavailable === 'refuse') throw this.#refusal();
  }

  /**
   * Resolves once the record is durable; rejects with `storage_unavailable` where it is not and the reply must not go.
   * Undefined: nobody has to wait.
   */
  append(record: CallRecord): Promise<void> | undefined {
    if (this.#failure !== undefined) return this.#appendLater(record);
    const group = this.#gathering;
    const { records } = group;
    records.push(record);
    if (this.#options.store.isUnmade === true && !isCharged(record)) {
      this.#schedule(firstGatherMs);
      return undefined;
    }
    if (this.#committing === undefined) {
      if (records.length === fullGroup || this.#isComplete(records.length)) this.#commit();
      else this.#schedule(this.#sizeBefore >= busyGroup ? busyGatherMs : 0);
    }
    return group.released;
  }

  /**
   * All who were in the group before wait again, and nobody else is on the way: few clients that call over and over are not held
   * up. Fewer than before are waited for, or a crowd that comes back one by one would be written one by one.
   */
  #isComplete(size: number): boolean {
    return size >= busyGroup && size >= this.#sizeBefore && this.#options.isQuiet?.() === true;
  }

  /** Writes what waits; afterwards nothing is kept any more. */
  async close(): Promise<void> {
    while (this.#gathering.records.length > 0 || this.#committing !== undefined) {
      if (this.#committing === undefined) this.#commit();
      await this.#committing;
    }
    this.#isClosed = true;
    clearTimeout(this.#retry);
    if (this.#retained.length > 0) await this.#tryAgain();
    if (this.#retained.length > 0) this.#options.onLost(this.#retained.length);
  }

  /** In so long, or as was said before where that is sooner. */
  #schedule(gatherMs: number): void {
    if (this.#gatherMs !== undefined && this.#gatherMs <= gatherMs) return;
    this.#gatherMs = gatherMs;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (gatherMs === 0) setImmediate(this.#commitScheduled);
    else this.#timer = setTimeout(this.#commitScheduled, gatherMs);
  }

  readonly #commitScheduled = (): void => {
    if (this.#committing === undefined) this.#commit();
  };

  #commit(): void {
    this.#gatherMs = undefined;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#gathering;
    if (group.records.length === 0) return;
    this.#gathering = new Group();
    this.#sizeBefore = group.records.length;
    let durable: void | Promise<void>;
    try {
      durable = this.#options.store.commit(group.records);
    } catch (thrown) {
      this.#failed(group, thrown);
      return;
    }
    if (durable === undefined) {
      this.#committed(group);
      return;
    }
    this.#committing = durable
      .then(
        () => this.#committed(group),
        (thrown: unknown) => this.#failed(group, thrown),
      )
      .then(() => {
        this.#committing = undefined;
        const waiting = this.#gathering.records.length;
        if (waiting >= fullGroup) this.#commit();
        else if (waiting > 0) this.#schedule(this.#sizeBefore >= busyGroup ? busyGatherMs : 0);
      });
  }

  #committed(group: Group): void {
    for (const record of group.records) this.#options.onReleased(record);
    group.release();
  }

  #failed(group: Group, thrown: unknown): void {
    this.#suspend(asUnavailable(thrown));
    const isRefused = this.#options.whenUnavailable === 'refuse';
    for (const record of group.records) this.#retain(record);
    group.release(isRefused ? this.#refusal() : undefined);
  }

  #appendLater(record: CallRecord): Promise<void> | undefined {
    this.#retain(record);
    return this.#options.whenUnavailable === 'refuse' ? Promise.reject(this.#refusal()) : undefined;
  }

  #retain(record: CallRecord): void {
    const isRefused = this.#options.whenUnavailable === 'refuse' && record.error === undefined;
    const error = this.#refusal();
    const told = isRefused ? { ...record, status: error.status, error } : record;
    this.#options.onReleased(told);
    if (this.#retained.length < maxRetained) this.#retained.push(told);
    else this.#options.onLost(1);
  }

  #refusal(): GatewayError {
    const { cause } = this.#failure ?? {};
    const message = this.#failure?.message ?? 'The storage cannot be used.';
    return new GatewayError('storage_unavailable', message, { cause });
  }

  #suspend(failure: GatewayError): void {
    if (this.#failure === undefined) this.#options.onStanding(failure);
    this.#failure = failure;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#tryAgain();
    }, this.#options.retryMs ?? usualRetryMs);
  }

  /** What waits is what is tried with, so that nothing has to be made up to find out. */
  async #tryAgain(): Promise<void> {
    const records = this.#retained;
    this.#retained = [];
    try {
      await this.#options.store.commit(records, true);
    } catch (thrown) {
      this.#retained = [...records, ...this.#retained];
      this.#failure = asUnavailable(thrown);
      this.#retryLater();
      return;
    }
    // Some may have come meanwhile.
    if (this.#retained.length > 0 && !this.#isClosed) {
      this.#retryLater();
      return;
    }
    this.#failure = undefined;
    this.#options.onStanding(undefined);
  }
}

function asUnavailable(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('storage_unavailable', 'The records of calls cannot be kept.', { cause: thrown });
}

function isCharged({ costNanoUsd = 0, costUnknown, charges }: CallRecord): boolean {
  return costNanoUsd > 0 || costUnknown || charges.length > 0;
}
