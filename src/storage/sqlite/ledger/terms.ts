/** Texts that many entries share: who called, and what at which price, each written once; and what they were charged to. */
import type { Database, Statement } from 'bun:sqlite';
import type { CallRecord } from '../../../ledger/call-record.ts';
import type { Charge } from '../../../ledger/counters.ts';
import { cutName, sameTags } from '../../../ledger/usage-fold.ts';

/** Past it they are looked up again. */
const maxKept = 50_000;

type Caller = Pick<CallRecord, 'keyId' | 'userId' | 'teamId' | 'organizationId' | 'tags'>;
type Target = Pick<CallRecord, 'endpoint' | 'provider' | 'model' | 'mode' | 'stream' | 'price'>;

interface Known<Part> {
  readonly part: Part;
  readonly id: number;
}

function sameCaller(a: Caller, b: Caller): boolean {
  return (
    a.keyId === b.keyId &&
    sameTags(a.tags, b.tags) &&
    a.userId === b.userId &&
    a.teamId === b.teamId &&
    a.organizationId === b.organizationId
  );
}

function sameTarget(a: Target, b: Target): boolean {
  return (
    a.model === b.model &&
    a.provider === b.provider &&
    a.endpoint === b.endpoint &&
    a.mode === b.mode &&
    a.stream === b.stream &&
    a.price === b.price
  );
}

function sameCharges(a: readonly Charge[], b: readonly Charge[]): boolean {
  if (a.length !== b.length) return false;
  for (const [at, { budgetId, bucketStartMs }] of a.entries()) {
    const other = b[at];
    if (other?.budgetId !== budgetId || other.bucketStartMs !== bucketStartMs) return false;
  }
  return true;
}

function chargesText(charges: readonly Charge[]): string {
  return JSON.stringify(charges.map(({ budgetId, bucketStartMs }) => [budgetId, bucketStartMs]));
}

export class Terms {
  readonly #insert: Statement;
  readonly #select: Statement<{ id: number }, [string]>;
  readonly #callers = new Map<string, Known<Caller>>();
  readonly #targets = new Map<string, Known<Target>>();
  readonly #charges = new Map<string, { readonly charges: readonly Charge[]; readonly text: string }>();

  constructor(database: Database) {
    this.#insert = database.prepare('INSERT OR IGNORE INTO terms (text) VALUES (?)');
    this.#select = database.prepare('SELECT id FROM terms WHERE text = ?');
  }

  /** Inside a transaction. */
  callerOf(record: Caller): number {
    const known = this.#callers.get(record.keyId ?? '');
    if (known !== undefined && sameCaller(known.part, record)) return known.id;
    const { keyId, userId, teamId, organizationId, tags } = record;
    const id = this.#idOf([keyId, userId, teamId, organizationId, tags]);
    remember(this.#callers, keyId ?? '', { part: { keyId, userId, teamId, organizationId, tags }, id });
    return id;
  }

  /** Inside a transaction. */
  targetOf(record: Target): number {
    const known = this.#targets.get(record.model ?? '');
    if (known !== undefined && sameTarget(known.part, record)) return known.id;
    const { endpoint, provider, model, mode, stream, price } = record;
    const id = this.#idOf([endpoint, provider, cutName(model), mode, stream, price]);
    remember(this.#targets, model ?? '', { part: { endpoint, provider, model, mode, stream, price }, id });
    return id;
  }

  /** No term, since budgets have many buckets, but most often that of the caller's last call. */
  chargesOf({ keyId = '', charges }: Pick<CallRecord, 'keyId' | 'charges'>): string | null {
    if (charges.length === 0) return null;
    const known = this.#charges.get(keyId);
    if (known !== undefined && sameCharges(known.charges, charges)) return known.text;
    const text = chargesText(charges);
    remember(this.#charges, keyId, { charges, text });
    return text;
  }

  close(): void {
    this.#insert.finalize();
    this.#select.finalize();
  }

  /** After a transaction that was undone: what it wrote is gone. */
  forget(): void {
    this.#callers.clear();
    this.#targets.clear();
  }

  /** What is undefined stands as null. */
  #idOf(parts: readonly unknown[]): number {
    const text = JSON.stringify(parts);
    const found = this.#select.get(text);
    if (found !== null) return found.id;
    this.#insert.run(text);
    const made = this.#select.get(text);
    if (made === null) throw new Error('a term that was written is not there');
    return made.id;
  }
}

function remember<Known>(map: Map<string, Known>, key: string, known: Known): void {
  if (map.size >= maxKept) map.clear();
  map.set(key, known);
}
