/** Idle connections, kept for the next request to the same origin. */
import type { Connection, Keeper } from './connection.ts';

/** For each origin: more are only ever needed in bursts. */
const maxIdle = 256;
/** Most servers keep theirs for longer; those that do not say so, or show it by closing. */
const idleMs = 60_000;
/** On its way, a request may meet the end of a connection that was about to be closed. */
const marginMs = 1_000;
const sweepMs = 5_000;

export class Pool implements Keeper {
  readonly #idle = new Map<string, Connection[]>();
  #sweeper: ReturnType<typeof setInterval> | undefined;

  /** The connection used last, which is the likeliest to live. */
  take(origin: string): Connection | undefined {
    const idle = this.#idle.get(origin);
    for (let connection = idle?.pop(); connection !== undefined; connection = idle?.pop()) {
      if (!connection.isClosed && !isExpired(connection, performance.now())) return connection;
      connection.destroy();
    }
    return undefined;
  }

  idle(connection: Connection): void {
    let idle = this.#idle.get(connection.origin);
    if (idle === undefined) {
      idle = [];
      this.#idle.set(connection.origin, idle);
    }
    idle.push(connection);
    if (idle.length > maxIdle) idle.shift()?.destroy();
    this.#sweeper ??= this.#sweep();
  }

  gone(connection: Connection): void {
    const idle = this.#idle.get(connection.origin);
    const at = idle?.lastIndexOf(connection) ?? -1;
    if (at !== -1) idle?.splice(at, 1);
  }

  /** How many connections wait. */
  get size(): number {
    return [...this.#idle.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Gives up all that wait. */
  clear(): void {
    for (const idle of [...this.#idle.values()]) for (const connection of [...idle]) connection.destroy();
    this.#idle.clear();
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #sweep(): ReturnType<typeof setInterval> {
    const sweeper = setInterval(() => {
      const nowMs = performance.now();
      for (const [origin, idle] of this.#idle) {
        // The ones used longest ago stand in front.
        while (idle[0] !== undefined && isExpired(idle[0], nowMs)) idle.shift()?.destroy();
        if (idle.length === 0) this.#idle.delete(origin);
      }
      if (this.#idle.size > 0) return;
      clearInterval(sweeper);
      this.#sweeper = undefined;
    }, sweepMs);
    sweeper.unref?.();
    return sweeper;
  }
}

function isExpired({ idleSinceMs, keepsIdleMs }: Connection, nowMs: number): boolean {
  const kept = keepsIdleMs === undefined ? idleMs : Math.min(idleMs, keepsIdleMs - marginMs);
  return nowMs - idleSinceMs >= kept;
}
