/** Calls added up in memory: a sum for each day and all that a call belongs to, for each of its tags, and for each bucket of a budget. */
import type { CallRecord } from './call-record.ts';

/** What of a call is added up. */
export type FoldedCall = Pick<
  CallRecord,
  | 'endedAtMs'
  | 'organizationId'
  | 'teamId'
  | 'keyId'
  | 'userId'
  | 'customer'
  | 'provider'
  | 'model'
  | 'tags'
  | 'costNanoUsd'
  | 'charges'
> & {
  readonly error: unknown;
  readonly usage:
    | { readonly inputTokens: number; readonly cachedInputTokens?: number; readonly outputTokens: number }
    | undefined;
};

export interface UsageSum {
  requests: number;
  errors: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costNanoUsd: number;
}

/** Whose calls; an empty text where there is none. */
export interface UsageOwner {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly organizationId: string;
  readonly teamId: string;
  readonly keyId: string;
}

export interface UsagePlace extends UsageOwner {
  readonly userId: string;
  readonly customer: string;
  readonly provider: string;
  readonly model: string;
}

/** Without whose it is within a team. */
export interface TeamPlace extends Omit<UsageOwner, 'keyId'> {
  readonly provider: string;
  readonly model: string;
}

export interface TagPlace extends UsageOwner {
  readonly tag: string;
}

export const dayMs = 86_400_000;
/** Clients' own texts; what is longer names nobody. */
const maxNameLength = 256;

export function cutName(name: string | undefined): string | undefined {
  return name !== undefined && name.length > maxNameLength ? name.slice(0, maxNameLength) : name;
}

function emptySum(): UsageSum {
  return { requests: 0, errors: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0, costNanoUsd: 0 };
}

function add(sum: UsageSum, { error, usage, costNanoUsd }: FoldedCall): void {
  sum.requests++;
  if (error !== undefined) sum.errors++;
  if (costNanoUsd !== undefined) sum.costNanoUsd += costNanoUsd;
  if (usage === undefined) return;
  sum.inputTokens += usage.inputTokens;
  sum.cachedTokens += usage.cachedInputTokens ?? 0;
  sum.outputTokens += usage.outputTokens;
}

interface Placed {
  readonly place: UsagePlace;
  readonly tags: readonly string[];
  /** All that it is added to. */
  readonly sums: readonly UsageSum[];
}

/** Those of a key are one list from call to call; where there are none, each call may have a list of its own. */
export function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === 0 && b.length === 0);
}

/** Whether a call stands where one before it stood: then nothing has to be looked up. */
function standsAt({ place, tags }: Placed, call: FoldedCall, day: number): boolean {
  return (
    place.keyId === (call.keyId ?? '') &&
    place.model === (call.model ?? '') &&
    place.customer === (call.customer ?? '') &&
    place.day === day &&
    place.provider === (call.provider ?? '') &&
    place.userId === (call.userId ?? '') &&
    place.teamId === (call.teamId ?? '') &&
    place.organizationId === (call.organizationId ?? '') &&
    sameTags(tags, call.tags)
  );
}

export class UsageFold {
  readonly #places = new Map<string, { readonly place: UsagePlace; readonly sum: UsageSum }>();
  readonly #teams = new Map<string, { readonly place: TeamPlace; readonly sum: UsageSum }>();
  readonly #tags = new Map<string, { readonly place: TagPlace; readonly sum: UsageSum }>();
  readonly #spent = new Map<string, Map<number, number>>();
  /** By key: where its last call stood, most often the next one's place, too. */
  readonly #last = new Map<string, Placed>();
  /** How many calls are in it. */
  count = 0;

  get places(): Iterable<{ readonly place: UsagePlace; readonly sum: UsageSum }> {
    return this.#places.values();
  }

  get teams(): Iterable<{ readonly place: TeamPlace; readonly sum: UsageSum }> {
    return this.#teams.values();
  }

  get tags(): Iterable<{ readonly place: TagPlace; readonly sum: UsageSum }> {
    return this.#tags.values();
  }

  /** By budget, nano-dollars by the start of the bucket. */
  get spent(): ReadonlyMap<string, ReadonlyMap<number, number>> {
    return this.#spent;
  }

  add(call: FoldedCall): void {
    this.count++;
    const day = Math.floor(call.endedAtMs / dayMs);
    const { keyId = '' } = call;
    let placed = this.#last.get(keyId);
    if (placed === undefined || !standsAt(placed, call, day)) {
      placed = this.#placeOf(call, day);
      this.#last.set(keyId, placed);
    }
    for (const sum of placed.sums) add(sum, call);
    const { charges, costNanoUsd = 0 } = call;
    if (costNanoUsd > 0) for (const charge of charges) this.#charge(charge, costNanoUsd);
  }

  #charge({ budgetId, bucketStartMs }: FoldedCall['charges'][number], costNanoUsd: number): void {
    let buckets = this.#spent.get(budgetId);
    if (buckets === undefined) {
      buckets = new Map();
      this.#spent.set(budgetId, buckets);
    }
    buckets.set(bucketStartMs, (buckets.get(bucketStartMs) ?? 0) + costNanoUsd);
  }

  #placeOf(call: FoldedCall, day: number): Placed {
    const { organizationId = '', teamId = '', keyId = '', userId = '' } = call;
    const { provider = '', tags } = call;
    const { customer = '', model = '' } = { customer: cutName(call.customer), model: cutName(call.model) };
    const owner = { day, organizationId, teamId, keyId };
    const key = `${day}\n${organizationId}\n${teamId}\n${keyId}`;
    const whole = `${key}\n${userId}\n${provider}\n${JSON.stringify([model, customer])}`;
    let placed = this.#places.get(whole);
    if (placed === undefined) {
      placed = { place: { ...owner, userId, customer, provider, model }, sum: emptySum() };
      this.#places.set(whole, placed);
    }
    const tagSums = [...new Set(tags)].map((tag) => this.#tagSum(owner, key, tag));
    const teamSum = this.#teamSum({ day, organizationId, teamId, provider, model });
    return { place: placed.place, tags, sums: [placed.sum, teamSum, ...tagSums] };
  }

  #teamSum(place: TeamPlace): UsageSum {
    const { day, organizationId, teamId, provider, model } = place;
    const key = `${day}\n${organizationId}\n${teamId}\n${provider}\n${model}`;
    let placed = this.#teams.get(key);
    if (placed === undefined) {
      placed = { place, sum: emptySum() };
      this.#teams.set(key, placed);
    }
    return placed.sum;
  }

  #tagSum(owner: UsageOwner, key: string, tag: string): UsageSum {
    const whole = `${key}\n${tag}`;
    let placed = this.#tags.get(whole);
    if (placed === undefined) {
      placed = { place: { ...owner, tag }, sum: emptySum() };
      this.#tags.set(whole, placed);
    }
    return placed.sum;
  }
}
