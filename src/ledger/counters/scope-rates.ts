/** What one scope has used of its limits: requests and tokens of the minute, and the calls under way. */
import type { Scope, ScopeKind } from '../caps.ts';
import { Rate } from './rate.ts';
import type { TakenOfRates } from './verdict.ts';

export class ScopeRates implements TakenOfRates {
  readonly requests = new Rate();
  readonly tokens = new Rate();
  open = 0;

  get requestUnits(): number {
    return this.requests.takenUnits;
  }

  get tokenUnits(): number {
    return this.tokens.takenUnits;
  }

  /** Nothing would be lost if it were forgotten: nothing is held, nothing has to come back. */
  isIdle(nowMs: number): boolean {
    return this.open === 0 && this.requests.isIdle(nowMs) && this.tokens.isIdle(nowMs);
  }
}

/** By kind and id, without a text joined of both on every call. */
export class ScopeTable {
  readonly #kinds = new Map<ScopeKind, Map<string, ScopeRates>>();
  readonly #order: Map<string, ScopeRates>[] = [];
  #kind = 0;
  #walk: MapIterator<[string, ScopeRates]> | undefined;

  of({ kind, id }: Scope): ScopeRates {
    const rates = this.#kinds.get(kind) ?? this.#newKind(kind);
    let found = rates.get(id);
    if (found === undefined) {
      found = new ScopeRates();
      rates.set(id, found);
    }
    return found;
  }

  #newKind(kind: ScopeKind): Map<string, ScopeRates> {
    const rates = new Map<string, ScopeRates>();
    this.#kinds.set(kind, rates);
    this.#order.push(rates);
    return rates;
  }

  get size(): number {
    return this.#order.reduce((sum, { size }) => sum + size, 0);
  }

  /** Looks at the next few, and lets the idle ones go. */
  sweep(count: number, nowMs: number): void {
    for (let looked = 0; looked < count; looked++) {
      const rates = this.#order[this.#kind];
      if (rates === undefined) {
        this.#kind = 0;
        return;
      }
      this.#walk ??= rates.entries();
      const { done, value } = this.#walk.next();
      if (done === true) {
        this.#walk = undefined;
        this.#kind++;
      } else if (value[1].isIdle(nowMs)) rates.delete(value[0]);
    }
  }
}
