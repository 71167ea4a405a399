/** Puts the admission of calls together: what counts, which caps the configuration has, and whom to warn. */

import type { CapsSettings } from '../ledger/caps-settings.ts';
import type { Counters } from '../ledger/counters.ts';
import { UsualOutput } from '../ledger/usual-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { fetchTransport } from '../upstream/fetch-transport.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import { Admission } from './admission.ts';
import { BudgetWarnings } from './budget-warnings.ts';
import { CapsBook } from './caps-book.ts';
import { Webhook } from './webhook.ts';

export interface AdmissionParts {
  readonly caps: CapsSettings;
  /** Where warnings of budgets are posted to. */
  readonly budgetWebhook: string | undefined;
  readonly counters: Counters;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly wheel: TimerWheel;
}

export function createAdmission(parts: AdmissionParts): Admission {
  const { caps, budgetWebhook: url, counters, log, metrics, wheel } = parts;
  const webhook =
    url === undefined ? undefined : new Webhook({ url, wheel, log, transport: fetchTransport(fetch) });
  return new Admission({
    counters,
    caps: new CapsBook(caps),
    usual: new UsualOutput(caps.usualOutputTokens),
    unknownPrice: caps.unknownPrice,
    warnings: new BudgetWarnings(log, metrics, webhook),
    metrics,
    onFailure: (thrown, requestId) =>
      log.event('error', 'settle.failed', { request_id: requestId, reason: String(thrown) }),
  });
}
