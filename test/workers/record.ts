/** The record of a call, as far as it matters to who keeps it. */
import type { CallRecord } from '../../src/ledger/call-record.ts';
import { recordOf as madeUp } from '../telemetry/record.ts';

export function recordOf(requestId: string, more: Partial<CallRecord> = {}): CallRecord {
  return madeUp({
    requestId,
    endedAtMs: 7,
    keyId: 'key_1',
    requestedModel: 'm',
    latencyMs: 1,
    overheadMs: 1,
    usage: { inputTokens: 10, outputTokens: 20 },
    costNanoUsd: 4,
    ...more,
  });
}
