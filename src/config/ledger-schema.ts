/** The settings of the ledger. */
import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;

export const ledgerSchema = Type.Optional(
  Type.Object(
    {
      whenUnavailable: Type.Optional(
        Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
          default: 'refuse',
          description:
            'What becomes of calls while their records cannot be kept, or, without Redis, what was spent of their budgets cannot be read: they are refused, or go on.',
        }),
      ),
      synchronous: Type.Optional(
        Type.Union([Type.Literal('full'), Type.Literal('normal')], {
          default: 'full',
          description:
            'Whether a reply waits until its record is on the disk, or only until it would outlive the gateway itself.',
        }),
      ),
      journalMaxEntries: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100_000_000,
          default: 1_000_000,
          description:
            'How many entries may wait on this machine’s own disk while PostgreSQL is away; what comes beyond is as if nothing could be kept.',
        }),
      ),
      retentionDays: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 36_500,
          description:
            'How long entries are kept, whole months each; forever when absent. What they add up to stays.',
        }),
      ),
    },
    { ...closed, description: 'The record of every call that went to a provider.' },
  ),
);
