/** An entry on its way from the journal into PostgreSQL: as a row, and as what it adds up to. */
import type { FoldedCall } from '../../../ledger/usage-fold.ts';
import type { Cell, Row } from '../../rows.ts';
import { type CallerTerm, callOf, type TargetTerm } from '../../sqlite/ledger/entry-file.ts';
import { entryColumns } from '../../sqlite/ledger/entry-rows.ts';
import type { Statement } from '../../statements.ts';
import { storable } from '../client.ts';

export interface Entry {
  /** In the journal. */
  readonly number: number;
  readonly id: string;
  readonly endedAtMs: number;
  readonly insert: Statement;
  readonly call: FoldedCall;
}

/** As they stand in the journal. */
const plain = entryColumns.filter((name) => !['caller', 'target', 'requested_model'].includes(name));
/** Taken out of the terms. */
const taken = [
  'key_id',
  'user_id',
  'team_id',
  'organization_id',
  'tags',
  'endpoint',
  'provider',
  'model',
  'mode',
  'stream',
  'price',
  'requested_model',
];
const columns = [...plain, ...taken];
const insert = `INSERT INTO calls (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
  ON CONFLICT DO NOTHING`;

/** Two names that PostgreSQL cannot tell apart must not be told apart before they are added up. */
function storableCall(call: FoldedCall): FoldedCall {
  const text = <T extends string | undefined>(value: T) =>
    (value === undefined ? value : storable(value)) as T;
  return {
    ...call,
    customer: text(call.customer),
    provider: text(call.provider),
    model: text(call.model),
    tags: call.tags.map(storable),
  };
}

export function entryOf(row: Row): Entry {
  const caller = JSON.parse(String(row.caller)) as CallerTerm;
  const target = JSON.parse(String(row.target)) as TargetTerm;
  const [keyId, userId, teamId, organizationId, tags] = caller;
  const [endpoint, provider, model, mode, stream, price] = target;
  const cells: Cell[] = [
    ...plain.map((name) => row[name] ?? null),
    ...[keyId, userId, teamId, organizationId, JSON.stringify(tags), endpoint, provider, model, mode],
    Number(stream),
    price === null ? null : JSON.stringify(price),
    row.requested_model ?? model,
  ];
  return {
    number: Number(row.number),
    id: String(row.id),
    endedAtMs: Number(row.ended_at_ms),
    insert: { text: insert, cells },
    call: storableCall(callOf(row)),
  };
}
