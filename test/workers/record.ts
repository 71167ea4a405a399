/** The record of a call, as far as it matters to who keeps it. */
import type { CallRecord } from '../../src/ledger/call-record.ts';

export function recordOf(requestId: string, more: Partial<CallRecord> = {}): CallRecord {
  return {
    requestId,
    endedAtMs: 7,
    endpoint: '/v1/x',
    keyId: 'key_1',
    userId: undefined,
    teamId: undefined,
    organizationId: undefined,
    customer: undefined,
    tags: [],
    requestedModel: 'm',
    provider: 'p',
    model: 'm',
    mode: 'passthrough',
    stream: false,
    status: 200,
    error: undefined,
    attempts: 1,
    latencyMs: 1,
    timeToFirstTokenMs: undefined,
    overheadMs: 1,
    finish: 'stop',
    usage: { inputTokens: 10, outputTokens: 20 },
    price: undefined,
    costNanoUsd: 4,
    costUnknown: false,
    charges: [],
    upstreamRequestId: undefined,
    warnings: [],
    ...more,
  } as CallRecord;
}
