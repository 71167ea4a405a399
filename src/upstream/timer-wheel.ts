/**
 * Every deadline of every call in one structure driven by one interval, so that a call costs two links in a list instead of
 * a timer, and moving a deadline on each chunk costs one assignment. Resolution is one tick: deadlines fire late, never early.
 */
export const tickMs = 50;
const slotCount = 1024;

/** What a deadline tells when its time has come: an object that lives anyway costs less than a closure. */
export interface Due {
  due(): void;
}

interface Link {
  previous: Link;
  next: Link;
}

/** The head of a slot's ring; an empty slot points at itself. */
function emptySlot(): Link {
  const head = {} as Link;
  head.previous = head;
  head.next = head;
  return head;
}

function unlink(link: Link): void {
  link.previous.next = link.next;
  link.next.previous = link.previous;
  link.previous = link;
  link.next = link;
}

export class Deadline implements Link {
  previous: Link = this;
  next: Link = this;
  /** When it is due, as performance.now() counts. */
  atMs = 0;
  readonly #wheel: TimerWheel;
  readonly #whom: Due | (() => void);

  constructor(wheel: TimerWheel, whom: Due | (() => void)) {
    this.#wheel = wheel;
    this.#whom = whom;
  }

  fire(): void {
    if (typeof this.#whom === 'function') this.#whom();
    else this.#whom.due();
  }

  get isSet(): boolean {
    return this.next !== this;
  }

  /** Moves the deadline to `delayMs` from the wheel's last tick; only ever later than it stands. */
  postpone(delayMs: number): void {
    const atMs = this.#wheel.nowMs + delayMs + tickMs;
    if (atMs > this.atMs) this.atMs = atMs;
  }

  cancel(): void {
    this.#wheel.drop(this);
  }
}

export class TimerWheel {
  /** Monotonic milliseconds as of the last tick or schedule: cheap enough for every chunk. */
  nowMs = performance.now();
  readonly #slots: readonly Link[] = Array.from({ length: slotCount }, emptySlot);
  #count = 0;
  #interval: ReturnType<typeof setInterval> | undefined;
  #lastTick = 0;

  /** How many deadlines wait: 0 when nothing is under way. */
  get size(): number {
    return this.#count;
  }

  schedule(delayMs: number, whom: Due | (() => void)): Deadline {
    const deadline = new Deadline(this, whom);
    this.reschedule(deadline, delayMs);
    return deadline;
  }

  /** Sets a deadline anew, earlier or later, also after it fired. */
  reschedule(deadline: Deadline, delayMs: number): void {
    this.nowMs = performance.now();
    const atMs = this.nowMs + delayMs;
    // Later is found out when the slot it stands in comes round, at no cost now.
    if (deadline.isSet && atMs >= deadline.atMs) {
      deadline.atMs = atMs;
      return;
    }
    this.drop(deadline);
    this.#start();
    deadline.atMs = atMs;
    this.#place(deadline);
    this.#count++;
  }

  drop(deadline: Deadline): void {
    if (!deadline.isSet) return;
    unlink(deadline);
    this.#count--;
  }

  #place(deadline: Deadline): void {
    // Never a slot that has just been visited: it comes round again only after a whole revolution.
    const tick = Math.max(Math.ceil(deadline.atMs / tickMs), this.#lastTick + 1);
    const head = this.#slots[tick % slotCount];
    if (head === undefined) throw new Error('a slot is always there');
    deadline.previous = head.previous;
    deadline.next = head;
    head.previous.next = deadline;
    head.previous = deadline;
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
    this.#lastTick = tick;
    for (let at = first; at <= tick; at++) this.#visit(this.#slots[at % slotCount]);
    if (this.#count === 0 && this.#interval !== undefined) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }

  /** Fires what is due; what was postponed, or is due a revolution later, takes its new place. */
  #visit(head: Link | undefined): void {
    if (head === undefined) return;
    const waiting: Deadline[] = [];
    for (let link = head.next; link !== head; link = link.next) waiting.push(link as Deadline);
    for (const deadline of waiting) {
      if (!deadline.isSet) continue;
      if (deadline.atMs <= this.nowMs) {
        this.drop(deadline);
        deadline.fire();
      } else {
        unlink(deadline);
        this.#place(deadline);
      }
    }
  }
}
