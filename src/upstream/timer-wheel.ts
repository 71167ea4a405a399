/**
 * Every deadline of every call in one structure driven by one interval, so that a call costs a set entry instead of a
 * timer, and moving a deadline on each chunk costs one assignment. Resolution is one tick: deadlines fire late, never early.
 */
const tickMs = 50;
const slotCount = 1024;

export class Deadline {
  /** @internal */
  slot = -1;
  /** @internal */
  atMs = 0;
  readonly #wheel: TimerWheel;
  readonly fire: () => void;

  constructor(wheel: TimerWheel, fire: () => void) {
    this.#wheel = wheel;
    this.fire = fire;
  }

  /** Moves the deadline to `delayMs` from the wheel's last tick; moving it earlier than it stood needs `schedule`. */
  postpone(delayMs: number): void {
    this.atMs = this.#wheel.nowMs + delayMs + tickMs;
  }

  cancel(): void {
    this.#wheel.drop(this);
  }
}

export class TimerWheel {
  /** Monotonic milliseconds as of the last tick or schedule: cheap enough for every chunk. */
  nowMs = performance.now();
  readonly #slots: Set<Deadline>[] = Array.from({ length: slotCount }, () => new Set<Deadline>());
  #count = 0;
  #interval: ReturnType<typeof setInterval> | undefined;
  #lastTick = 0;

  /** How many deadlines wait: 0 when nothing is under way. */
  get size(): number {
    return this.#count;
  }

  schedule(delayMs: number, fire: () => void): Deadline {
    const deadline = new Deadline(this, fire);
    this.reschedule(deadline, delayMs);
    return deadline;
  }

  /** Sets a deadline anew, earlier or later, also after it fired. */
  reschedule(deadline: Deadline, delayMs: number): void {
    this.drop(deadline);
    this.#start();
    this.nowMs = performance.now();
    deadline.atMs = this.nowMs + delayMs;
    this.#place(deadline);
    this.#count++;
  }

  /** @internal */
  drop(deadline: Deadline): void {
    if (deadline.slot === -1) return;
    this.#slots[deadline.slot]?.delete(deadline);
    deadline.slot = -1;
    this.#count--;
  }

  #place(deadline: Deadline): void {
    deadline.slot = Math.ceil(deadline.atMs / tickMs) % slotCount;
    this.#slots[deadline.slot]?.add(deadline);
  }

  #start(): void {
    if (this.#interval !== undefined) return;
    this.#lastTick = Math.floor(performance.now() / tickMs);
    this.#interval = setInterval(() => this.#tick(), tickMs);
    this.#interval.unref?.();
  }

  #tick(): void {
    this.nowMs = performance.now();
    const tick = Math.floor(this.nowMs / tickMs);
    // After a long pause every slot is visited once, not every missed tick.
    const first = Math.max(this.#lastTick + 1, tick - slotCount + 1);
    for (let at = first; at <= tick; at++) this.#visit(this.#slots[at % slotCount]);
    this.#lastTick = tick;
    if (this.#count === 0 && this.#interval !== undefined) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }

  #visit(slot: Set<Deadline> | undefined): void {
    if (slot === undefined || slot.size === 0) return;
    for (const deadline of [...slot]) {
      if (deadline.slot === -1) continue;
      if (deadline.atMs > this.nowMs) {
        slot.delete(deadline);
        this.#place(deadline);
        continue;
      }
      this.drop(deadline);
      deadline.fire();
    }
  }
}
