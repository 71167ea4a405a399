/** Records of made-up calls. */
import { newRequestId } from '../../src/core/ids.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';

export function recordWith(fields: Partial<CallRecord> = {}): CallRecord {
  return {
    requestId: newRequestId(),
    endedAtMs: Date.parse('2026-11-22T12:00:00Z'),
    endpoint: '/v1/chat/completions',
    keyId: 'key_1',
    userId: undefined,
    teamId: 'team_1',
    organizationId: 'org_1',
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
    latencyMs: 12.345,
    timeToFirstTokenMs: undefined,
    overheadMs: 0.1,
    finish: 'stop',
    usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5 },
    usageEstimated: false,
    price: { rates: { input: 1_000_000 } },
    costNanoUsd: 100,
    costUnknown: false,
    charges: [],
    upstreamRequestId: undefined,
    warnings: [],
    ...fields,
  };
}
