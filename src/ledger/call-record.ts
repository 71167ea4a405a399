/** What a call was, once it has ended: a line of the log, a count in the metrics, an entry of the ledger. */
import type { GatewayError } from '../core/errors.ts';
import type { Usage } from '../core/usage.ts';
import type { Charge } from './counters.ts';
import type { Price } from './price.ts';

export interface CallRecord {
  readonly requestId: string;
  /** When the call ended, Unix time in milliseconds. */
  readonly endedAtMs: number;
  readonly endpoint: string;
  readonly keyId: string | undefined;
  readonly userId: string | undefined;
  readonly teamId: string | undefined;
  readonly organizationId: string | undefined;
  /** The client's own name for its end user. */
  readonly customer: string | undefined;
  /** Of the key. */
  readonly tags: readonly string[];
  /** The model as the client named it. */
  readonly requestedModel: string | undefined;
  readonly provider: string | undefined;
  /** The model under the provider's name. */
  readonly model: string | undefined;
  readonly mode: 'passthrough' | 'translated' | undefined;
  readonly stream: boolean;
  readonly status: number;
  readonly error: GatewayError | undefined;
  readonly attempts: number;
  readonly latencyMs: number;
  readonly timeToFirstTokenMs: number | undefined;
  readonly overheadMs: number;
  readonly finish: string | undefined;
  readonly usage: Usage | undefined;
  /** The upstream never told the usage: it is worked out from what passed. */
  readonly usageEstimated: boolean;
  /** What the target costs; undefined where nobody knows. */
  readonly price: Price | undefined;
  /** Nano-dollars; undefined where there was nothing to charge, or no price. */
  readonly costNanoUsd: number | undefined;
  /** Something was consumed that nobody has a price for. */
  readonly costUnknown: boolean;
  /** The budgets it counts against. */
  readonly charges: readonly Charge[];
  readonly upstreamRequestId: string | undefined;
  /** What the translation could not carry over. */
  readonly warnings: readonly string[];
}
