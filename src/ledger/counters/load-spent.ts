/** Asks the ledger what was spent of a budget, and does not wait for ever. */
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { BucketSpend } from '../ledger-store.ts';

/**
 * Buckets that begin at `sinceMs` or later, as the ledger has them at the moment of the call: what is settled later is not in
 * the answer.
 */
export type LoadSpent = (budgetId: string, sinceMs: number) => Promise<readonly BucketSpend[]>;

const timeoutMs = 5000;

/** Rejects with `storage_unavailable`. */
export async function askLedger(
  load: LoadSpent,
  budgetId: string,
  sinceMs: number,
): Promise<readonly BucketSpend[]> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The ledger is silent.')), timeoutMs);
  try {
    return await Promise.race([load(budgetId, sinceMs), silence]);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.code === 'storage_unavailable') throw error;
    throw new GatewayError('storage_unavailable', 'What was spent cannot be read.', { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
