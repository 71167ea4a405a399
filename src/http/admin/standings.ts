/**
 * How budgets stand that are about to be shown: all of a page are asked for at once. Where nobody can tell, that is shown: what
 * is asked for is the object, and the text of a new key is told only once.
 */
import type { Budget } from '../../ledger/caps.ts';
import type { Counters } from '../../ledger/counters.ts';
import type { Standings } from './caps-wire.ts';

export async function standingsOf(
  counters: Pick<Counters, 'standing'>,
  shown: readonly { readonly budgets: readonly Budget[] }[],
): Promise<Standings> {
  const budgets = shown.flatMap((entity) => entity.budgets);
  if (budgets.length === 0) return new Map();
  try {
    const standings = await counters.standing(budgets, Date.now());
    return new Map(standings.map((standing) => [standing.budget.id, standing]));
  } catch {
    return new Map();
  }
}
