/** How calls become rows of the table of entries: several with one statement, since each statement has a cost of its own. */
import type { Database, Statement } from 'bun:sqlite';
import type { CallRecord } from '../../../ledger/call-record.ts';
import { cutName } from '../../../ledger/usage-fold.ts';
import type { Cell } from '../../rows.ts';
import { Terms } from './terms.ts';

/** Of an entry; `caller` and `target` are terms. */
export const entryColumns = [
  'id',
  'ended_at_ms',
  'caller',
  'target',
  'requested_model',
  'customer',
  'status',
  'error',
  'attempts',
  'latency_us',
  'first_token_us',
  'finish',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'further_usage',
  'usage_estimated',
  'cost_nano_usd',
  'cost_unknown',
  'charges',
  'upstream_request_id',
];

/** Rows of a statement, the most first. */
const sizes = [16, 4, 1] as const;

const usual: ReadonlySet<string> = new Set(['inputTokens', 'outputTokens', 'cachedInputTokens']);

/** What was used beside the usual kinds, as JSON; most providers tell of many kinds that it was none. */
function furtherUsage(usage: CallRecord['usage']): string | null {
  if (usage === undefined) return null;
  let further: Record<string, unknown> | undefined;
  for (const kind in usage) {
    const used = usage[kind as keyof typeof usage];
    if (used === 0 || usual.has(kind)) continue;
    further ??= {};
    further[kind] = used;
  }
  return further === undefined ? null : JSON.stringify(further);
}

interface Insert {
  readonly size: number;
  readonly statement: Statement;
  /** Of all its rows, one after the other. */
  readonly cells: Cell[];
}

function prepareInsert(database: Database, size: number): Insert {
  const row = `(${entryColumns.map(() => '?').join(', ')})`;
  const rows = Array.from({ length: size }, () => row).join(', ');
  const statement = database.prepare(`INSERT INTO entries (${entryColumns.join(', ')}) VALUES ${rows}`);
  return { size, statement, cells: [] };
}

export class EntryRows {
  readonly #terms: Terms;
  readonly #inserts: readonly Insert[];

  constructor(database: Database) {
    this.#terms = new Terms(database);
    this.#inserts = sizes.map((size) => prepareInsert(database, size));
  }

  /** Inside a transaction; `records`: one or more. Returns the number of the last; those of all are without a gap. */
  insert(records: readonly CallRecord[]): number {
    let last = 0;
    let at = 0;
    for (const { size, statement, cells } of this.#inserts)
      while (records.length - at >= size) {
        for (let row = 0; row < size; row++) {
          const record = records[at + row];
          if (record !== undefined) this.#fill(cells, row * entryColumns.length, record);
        }
        last = Number(statement.run(...cells).lastInsertRowid);
        at += size;
      }
    return last;
  }

  #fill(cells: Cell[], from: number, record: CallRecord): void {
    const { usage, error, timeToFirstTokenMs: first } = record;
    let at = from;
    cells[at++] = record.requestId;
    cells[at++] = record.endedAtMs;
    cells[at++] = this.#terms.callerOf(record);
    cells[at++] = this.#terms.targetOf(record);
    cells[at++] = record.requestedModel === record.model ? null : (cutName(record.requestedModel) ?? null);
    cells[at++] = cutName(record.customer) ?? null;
    cells[at++] = record.status;
    cells[at++] = error === undefined ? null : error.code;
    cells[at++] = record.attempts;
    cells[at++] = Math.round(record.latencyMs * 1000);
    cells[at++] = first === undefined ? null : Math.round(first * 1000);
    cells[at++] = record.finish ?? null;
    cells[at++] = usage === undefined ? null : usage.inputTokens;
    cells[at++] = usage?.cachedInputTokens ?? null;
    cells[at++] = usage === undefined ? null : usage.outputTokens;
    cells[at++] = furtherUsage(usage);
    cells[at++] = record.usageEstimated ? 1 : 0;
    cells[at++] = record.costNanoUsd ?? null;
    cells[at++] = record.costUnknown ? 1 : 0;
    cells[at++] = this.#terms.chargesOf(record);
    cells[at++] = cutName(record.upstreamRequestId) ?? null;
  }

  /** After a transaction that was undone. */
  forget(): void {
    this.#terms.forget();
  }

  /** Statements that are left would keep the file open, and its space taken, until they are collected. */
  close(): void {
    for (const { statement } of this.#inserts) statement.finalize();
    this.#terms.close();
  }
}
