/** Records of calls as the ledger keeps them: each its own, charged, of a key with a team and an organization. */
import { newRequestId } from '../../src/core/ids.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';
import { recordOf } from '../telemetry/record.ts';

export function recordWith(fields: Partial<CallRecord> = {}): CallRecord {
  return recordOf({
    requestId: newRequestId(),
    endedAtMs: Date.parse('2026-11-22T12:00:00Z'),
    keyId: 'key_1',
    teamId: 'team_1',
    organizationId: 'org_1',
    requestedModel: 'm',
    latencyMs: 12.345,
    overheadMs: 0.1,
    usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5 },
    price: { rates: { input: 1_000_000 } },
    costNanoUsd: 100,
    ...fields,
  });
}
