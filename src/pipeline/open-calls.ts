/**
 * Streams and sockets that are open, by the key they were opened with: one whose key is revoked, disabled, expired or rotated
 * away ends with it, within a second. What is over within moments is not in here.
 */
import { GatewayError } from '../core/errors.ts';
import { checkStanding } from '../identity/authenticator.ts';
import { type Caller, isKeyCaller, type KeyCaller } from '../identity/caller.ts';
import type { Changes } from '../identity/changes.ts';
import type { KeyRing } from '../identity/key-ring.ts';
import type { Deadline, TimerWheel } from '../upstream/timer-wheel.ts';

export interface OpenCall {
  /** Its key is good no longer: tells the client why, and ends. */
  revoke(why: GatewayError): void;
}

/** How often expiry is looked at, and keys are asked for again while word of changes may be missed. */
const watchMs = 500;
/** Changes that come together are looked into together. */
const gatherMs = 100;
/** Look-ups without a pause: many open keys must not hold up the calls of others. */
const sliceSize = 50;

/** All that was opened with one text of a key. */
interface Group {
  caller: KeyCaller;
  readonly calls: Set<OpenCall>;
}

/** Why a key that was good ends what was opened with it; undefined while it is good. */
function endOf(caller: KeyCaller | undefined): GatewayError | undefined {
  if (caller === undefined) return new GatewayError('invalid_api_key', 'This API key was revoked.');
  try {
    checkStanding(caller);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

export class OpenCalls {
  readonly #keys: Pick<KeyRing, 'recall'>;
  readonly #changes: Changes;
  readonly #wheel: TimerWheel;
  /** By the keyed hash of the key's text. */
  readonly #groups = new Map<string, Group>();
  readonly #watch: Deadline;
  #sweep: Deadline | undefined;
  #isSweeping = false;

  /** `keys` must have heard of a change before this has. */
  constructor(keys: Pick<KeyRing, 'recall'>, changes: Changes, wheel: TimerWheel) {
    this.#keys = keys;
    this.#changes = changes;
    this.#wheel = wheel;
    this.#watch = wheel.schedule(watchMs, () => this.#look());
    this.#watch.cancel();
    changes.subscribe(() => this.#sweepSoon(gatherMs));
  }

  /** Of callers without a key of their own there is nothing to revoke. */
  add(caller: Caller | undefined, call: OpenCall): void {
    if (caller === undefined || !isKeyCaller(caller)) return;
    const known = this.#groups.get(caller.secretHash);
    const group = known ?? { caller, calls: new Set() };
    group.calls.add(call);
    if (known === undefined) {
      if (this.#groups.size === 0) this.#wheel.reschedule(this.#watch, watchMs);
      this.#groups.set(caller.secretHash, group);
    }
    // The key may have changed since the caller was let in.
    if (known?.caller !== caller) void this.#recheck(caller.secretHash, group);
  }

  remove(caller: Caller | undefined, call: OpenCall): void {
    if (caller === undefined || !isKeyCaller(caller)) return;
    const group = this.#groups.get(caller.secretHash);
    if (group?.calls.delete(call) !== true || group.calls.size > 0) return;
    this.#groups.delete(caller.secretHash);
    if (this.#groups.size > 0) return;
    this.#watch.cancel();
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #look(): void {
    this.#wheel.reschedule(this.#watch, watchMs);
    const nowMs = Date.now();
    for (const group of this.#groups.values()) {
      const { endsAtMs } = group.caller;
      if (endsAtMs !== undefined && nowMs >= endsAtMs) this.#judge(group, group.caller);
    }
    if (this.#changes.isDeaf) this.#sweepSoon(0);
  }

  #sweepSoon(delayMs: number): void {
    if (this.#groups.size === 0 || this.#sweep !== undefined) return;
    this.#sweep = this.#wheel.schedule(delayMs, () => {
      this.#sweep = undefined;
      // One that is under way may have looked at the first keys before the change.
      if (this.#isSweeping) this.#sweepSoon(gatherMs);
      else void this.#recheckAll();
    });
  }

  async #recheckAll(): Promise<void> {
    this.#isSweeping = true;
    let looked = 0;
    try {
      for (const [hash, group] of [...this.#groups]) {
        const done = this.#recheck(hash, group);
        if (done instanceof Promise) await done;
        if (++looked % sliceSize === 0) await Bun.sleep(0);
      }
    } finally {
      this.#isSweeping = false;
    }
  }

  #recheck(hash: string, group: Group): undefined | Promise<undefined> {
    const found = this.#keys.recall(hash);
    if (!(found instanceof Promise)) return this.#judge(group, found);
    return found.then(
      (caller) => this.#judge(group, caller),
      // Nobody can be asked: nothing is known against the key, and it is asked about again.
      () => this.#retry(),
    );
  }

  #retry(): undefined {
    this.#sweepSoon(watchMs);
    return undefined;
  }

  #judge(group: Group, caller: KeyCaller | undefined): undefined {
    const why = endOf(caller);
    if (why === undefined && caller !== undefined) group.caller = caller;
    else if (why !== undefined) for (const call of [...group.calls]) call.revoke(why);
    return undefined;
  }
}
