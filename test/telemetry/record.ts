/** A call as the pipeline reports it, for tests of what is made of it. */
import type { CallRecord } from '../../src/ledger/call-record.ts';

export function recordOf(changes: Partial<CallRecord> = {}): CallRecord {
  return {
    endedAtMs: 1_767_225_600_000,
    requestId: 'req_1',
    endpoint: '/v1/chat/completions',
    keyId: 'root',
    userId: undefined,
    teamId: undefined,
    organizationId: undefined,
    customer: undefined,
    tags: [],
    requestedModel: 'p/m',
    provider: 'p',
    model: 'm',
    mode: 'passthrough',
    stream: false,
    status: 200,
    error: undefined,
    attempts: 1,
    latencyMs: 12.5,
    timeToFirstTokenMs: undefined,
    overheadMs: 0.25,
    finish: 'stop',
    usage: { inputTokens: 3, outputTokens: 4 },
    usageEstimated: false,
    price: undefined,
    costNanoUsd: undefined,
    costUnknown: false,
    charges: [],
    upstreamRequestId: undefined,
    warnings: [],
    ...changes,
  };
}
