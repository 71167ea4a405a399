/**
 * Keeps log and metrics off the way of a call: what a call was is set down in one push, and worked up a moment later
 * together with others, where the same work costs a fraction.
 */
import type { CallRecord } from '../ledger/call-record.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** How long records gather; a crash loses at most this much of the log. */
const gatherMs = 20;
/** Never more at once: memory stays bounded whatever the load. */
const maxWaiting = 1024;

export class Recorder {
  readonly #log: Log;
  readonly #metrics: Metrics;
  #waiting: CallRecord[] = [];
  #scheduled = false;

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  add(record: CallRecord): void {
    this.#waiting.push(record);
    if (this.#waiting.length >= maxWaiting) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setTimeout(() => {
        this.#scheduled = false;
        this.flush();
      }, gatherMs);
    }
  }

  /** Works up what waits: called before metrics are read and before the process ends. */
  flush(): void {
    const records = this.#waiting;
    this.#waiting = [];
    for (const record of records) {
      this.#metrics.record(record);
      this.#log.call(record);
    }
  }
}
