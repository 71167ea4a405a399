/**
 * Random interleavings of everything counters are asked to do, compared step by step with a plain reference. Whatever implements
 * `Counters` runs it; the name of a failing test is its seed, and `COUNTERS_SEED=<seed>` runs that one alone.
 */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Caps } from '../../../src/ledger/caps.ts';
import type { LoadSpent } from '../../../src/ledger/counters/load-spent.ts';
import type { Claim, Counters, Grant } from '../../../src/ledger/counters.ts';
import { Random } from './random.ts';
import { Reference, windowOf } from './reference.ts';
import { makeWorld } from './world.ts';

export interface CountersUnderTest {
  readonly counters: Counters;
  /** How many reservations it keeps. */
  readonly held: () => number | Promise<number>;
  readonly close?: () => void | Promise<void>;
}

export type CountersFactory = (load: LoadSpent) => CountersUnderTest | Promise<CountersUnderTest>;

const start = Date.UTC(2027, 11, 30, 22, 59, 58);
const minute = 60_000;
const day = 24 * 60 * minute;

class Run {
  readonly #random: Random;
  readonly #reference: Reference;
  readonly #world: readonly Caps[];
  readonly #grants = new Map<string, Grant>();
  readonly #done: Grant[] = [];
  readonly #claims: Claim[] = [];
  readonly #under: CountersUnderTest;
  readonly #failing: { now: boolean };
  /** What was warned of may be forgotten once the clock has gone past it, and be new when the clock is set back. */
  readonly #isSetBack: boolean;
  now = start;
  granted = 0;
  refused = 0;
  unavailable = 0;

  constructor(random: Random, under: CountersUnderTest, reference: Reference, failing: { now: boolean }) {
    this.#random = random;
    this.#reference = reference;
    this.#world = makeWorld(random, start);
    this.#under = under;
    this.#failing = failing;
    this.#isSetBack = random.chance(0.5);
  }

  async step(): Promise<void> {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.5) await this.#reserve(this.#newClaim());
    else if (dice < 0.54 && this.#claims.length > 0) await this.#reserve(this.#again());
    else if (dice < 0.8) await this.#settle();
    else if (dice < 0.96) await this.#tick();
    else this.#failing.now = random.chance(0.3);
    if (random.chance(0.1)) await this.compare();
  }

  #newClaim(): Claim {
    const random = this.#random;
    const share = random.pick([0.1, 0.3, 0.6]);
    const caps = this.#world.filter(() => random.chance(share));
    const tokens = random.pick([0, 1, 10, 400, 1000, 1001, 90_001]);
    const costNanoUsd = random.pick([0, 1, 100, 999, 1000, 5000, 2_251_799_813_685_248]);
    return { id: `req_${this.#claims.length}`, nowMs: this.now, caps, tokens, costNanoUsd };
  }

  /** The same once more, while it is open. */
  #again(): Claim {
    const open = [...this.#reference.open.values()];
    const { claim } = open.length > 0 ? this.#random.pick(open) : { claim: this.#newClaim() };
    return { ...claim, nowMs: this.now };
  }

  async #reserve(claim: Claim): Promise<void> {
    const reference = this.#reference;
    this.#claims.push(claim);
    let grant: Grant;
    try {
      const answer = this.#under.counters.reserve(claim);
      grant = answer instanceof Promise ? await answer : answer;
    } catch (thrown) {
      this.#refusedAs(claim, thrown);
      return;
    }
    const known = this.#grants.get(claim.id);
    // Of what is only said again nothing is learnt, not even the time.
    if (known !== undefined && reference.open.has(claim.id)) {
      expect(grant).toEqual(known);
      return;
    }
    reference.observe(claim.nowMs);
    expect([...reference.reasons(claim)]).toEqual([]);
    const { charges, requests, tokens, warnings } = reference.grant(claim);
    expect(grant).toEqual({
      id: claim.id,
      charges,
      warnings: this.#isSetBack ? grant.warnings : warnings,
      ...(requests !== undefined && { requests }),
      ...(tokens !== undefined && { tokens }),
    });
    for (const { scope, limits, budgets } of claim.caps) {
      for (const budget of budgets)
        expect(reference.spent(budget) + reference.reserved(budget)).toBeLessThanOrEqual(
          reference.limit(budget),
        );
      if (limits !== undefined && limits.parallel !== null)
        expect(reference.running(scope)).toBeLessThanOrEqual(limits.parallel);
    }
    this.#grants.set(claim.id, grant);
    this.granted++;
  }

  #refusedAs(claim: Claim, thrown: unknown): void {
    if (!(thrown instanceof GatewayError)) throw thrown;
    this.#reference.observe(claim.nowMs);
    expect(this.#reference.open.has(claim.id)).toBe(false);
    if (thrown.code === 'storage_unavailable') {
      expect(this.#failing.now).toBe(true);
      this.unavailable++;
      return;
    }
    const reasons: ReadonlySet<string> = this.#reference.reasons(claim);
    expect([...reasons]).toContain(thrown.code);
    this.refused++;
  }

  async #settle(): Promise<void> {
    const random = this.#random;
    const open = [...this.#grants.values()].filter(({ id }) => this.#reference.open.has(id));
    const grant =
      this.#done.length > 0 && random.chance(0.1) ? random.pick(this.#done) : open[0] && random.pick(open);
    if (grant === undefined) return;
    const claim = this.#reference.open.get(grant.id)?.claim;
    const tokens = random.chance(0.5) ? (claim?.tokens ?? 5) : random.pick([0, 1, 300, 5000]);
    const costNanoUsd = random.chance(0.5) ? (claim?.costNanoUsd ?? 5) : random.pick([0, 1, 300, 30_000]);
    await this.#under.counters.settle(grant, { nowMs: this.now, tokens, costNanoUsd });
    if (claim !== undefined) this.#reference.observe(this.now);
    this.#reference.settle(grant.id, tokens, costNanoUsd);
    this.#done.push(grant);
  }

  async #tick(): Promise<void> {
    const random = this.#random;
    const edges = this.#world.flatMap(({ budgets }) =>
      budgets.flatMap((budget) => [windowOf(budget, this.now)[2] ?? 0, budget.raise?.untilMs ?? 0]),
    );
    const next = edges.filter((edge) => edge > this.now && edge !== Number.POSITIVE_INFINITY);
    const edge = next.length > 0 ? random.pick(next) : this.now;
    if (random.chance(0.1)) {
      // What others saw of the edge is known to a claim that is a little late.
      this.now = edge;
      await this.compare();
      this.now -= random.between(1, 1999);
      return;
    }
    const steps = [
      random.between(0, 20),
      random.between(0, 2000),
      random.between(0, 2000),
      random.between(0, 90_000),
      random.between(0, 90_000),
      random.between(0, 20 * minute),
      random.between(0, 3 * day),
      edge - this.now - 1,
      edge - this.now,
      edge - this.now,
      -random.between(1, 1999),
      -random.between(1, 1999),
      40 * day,
      ...(this.#isSetBack ? [-random.between(2000, 120_000), -random.between(2000, 40 * day)] : []),
    ];
    this.now += random.pick(steps);
  }

  /** What is told of every budget is the ledger plus what is open. */
  async compare(): Promise<void> {
    this.#failing.now = false;
    const budgets = this.#world.flatMap((caps) => caps.budgets);
    const standings = await this.#under.counters.standing(budgets, this.now);
    const reference = this.#reference;
    reference.observe(this.now);
    expect(standings).toEqual(
      budgets.map((budget) => ({
        budget,
        spentNanoUsd: reference.spent(budget),
        reservedNanoUsd: reference.reserved(budget),
        resetsAtMs: reference.resetsAt(budget),
      })),
    );
    expect(await this.#under.held()).toBe(reference.open.size);
  }

  async end(): Promise<void> {
    const open = [...this.#grants.values()].filter(({ id }) => this.#reference.open.has(id));
    for (const grant of open) {
      await this.#under.counters.settle(grant, { nowMs: this.now, tokens: 1, costNanoUsd: 1 });
      this.#reference.observe(this.now);
      this.#reference.settle(grant.id, 1, 1);
    }
    await this.compare();
    expect(await this.#under.held()).toBe(0);
    const budgets = this.#world.flatMap((caps) => caps.budgets);
    const standings = await this.#under.counters.standing(budgets, this.now);
    expect(standings.filter(({ reservedNanoUsd }) => reservedNanoUsd !== 0)).toEqual([]);
  }
}

export interface SuiteSize {
  readonly seeds: number;
  readonly steps: number;
  readonly timeoutMs?: number;
}

export function modelSuite(
  name: string,
  make: CountersFactory,
  { seeds, steps, timeoutMs }: SuiteSize,
): void {
  const only = process.env.COUNTERS_SEED;
  const all = only === undefined ? Array.from({ length: seeds }, (_, seed) => seed + 1) : [Number(only)];
  describe(`${name} against the reference`, () => {
    const sums = { granted: 0, refused: 0, unavailable: 0 };
    test.each(all)(
      'seed %d',
      async (seed) => {
        const reference = new Reference();
        const failing = { now: false };
        const under = await make(async (budgetId, sinceMs) => {
          if (failing.now) throw new GatewayError('storage_unavailable', 'Out of order.');
          return reference.ledger(budgetId, sinceMs);
        });
        try {
          const run = new Run(new Random(seed), under, reference, failing);
          for (let step = 0; step < steps; step++) await run.step();
          await run.end();
          sums.granted += run.granted;
          sums.refused += run.refused;
          sums.unavailable += run.unavailable;
        } finally {
          await under.close?.();
        }
      },
      timeoutMs,
    );

    test('every kind of answer was among them', () => {
      if (only !== undefined) return;
      for (const count of Object.values(sums)) expect(count).toBeGreaterThan(0);
    });
  });
}
