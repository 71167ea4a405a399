/** Limits and budgets of the configuration: complete, in nano-dollars, each budget with the id it has after every start. */
import type { Static } from '@sinclair/typebox';
import { nanoUsdOf } from '../core/decimal.ts';
import { derivedObjectId } from '../core/ids.ts';
import type { Budget, Caps, Limits, Scope } from '../ledger/caps.ts';
import type { CapsSettings } from '../ledger/caps-settings.ts';
import type { budgetsSchema, capsSchema } from './caps-schema.ts';
import { ConfigError, type Diagnostic, type Locator } from './diagnostics.ts';

type CapsConfig = NonNullable<Static<typeof capsSchema>>;
type Entry = NonNullable<CapsConfig['models']>[string];
type BudgetConfig = NonNullable<Entry['budgets']>[number];
type Path = readonly string[];

/** What each customer has is a customer's own by its name. */
const anyCustomer = '*';

function readLimits({ rpm, tpm, parallel }: NonNullable<Entry['limits']>): Limits {
  return { rpm: rpm ?? null, tpm: tpm ?? null, parallel: parallel ?? null };
}

class Reader {
  readonly #locate: Locator;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(locate: Locator) {
    this.#locate = locate;
  }

  /** Undefined where it caps nothing. */
  caps(scope: Scope, { limits, budgets = [] }: Entry, path: Path): Caps | undefined {
    if (limits === undefined && budgets.length === 0) return undefined;
    const read = budgets.map((budget, at) => this.#budget(scope, budget, [...path, 'budgets', String(at)]));
    for (const [at, { id }] of read.entries())
      if (read.findIndex((other) => other.id === id) !== at)
        this.#complain([...path, 'budgets', String(at)], 'has the window and models of another budget.');
    return { scope, ...(limits !== undefined && { limits: readLimits(limits) }), budgets: read };
  }

  /** Throws a ConfigError with everything that is wrong. */
  finish(): void {
    if (this.#diagnostics.length > 0) throw new ConfigError(this.#diagnostics);
  }

  #budget(scope: Scope, budget: BudgetConfig, path: Path): Budget {
    const { window, rolling = false, models = null, raise, warnAt = [] } = budget;
    if (rolling && window === 'total') this.#complain(path, 'is a total, which has no window to roll.');
    const untilMs = raise === undefined ? 0 : Date.parse(raise.until);
    if (Number.isNaN(untilMs))
      this.#complain([...path, 'raise', 'until'], 'must be a time such as 2030-01-31T00:00:00Z.');
    return {
      id: budgetId(scope, { window, rolling, models }),
      limitNanoUsd: this.#usd(budget.limitUsd, [...path, 'limitUsd']),
      window,
      rolling,
      models,
      raise:
        raise === undefined
          ? null
          : { limitNanoUsd: this.#usd(raise.limitUsd, [...path, 'raise', 'limitUsd']), untilMs },
      warnAt: [...new Set(warnAt)].sort((a, b) => a - b),
    };
  }

  #usd(usd: number, path: Path): number {
    const nanoUsd = nanoUsdOf(usd);
    if (nanoUsd === undefined) this.#complain(path, 'must be US dollars with nine decimals at most.');
    return nanoUsd ?? 0;
  }

  #complain(path: Path, problem: string): void {
    this.#diagnostics.push({ where: this.#locate.setting(path), problem: `'${path.join('.')}' ${problem}` });
  }
}

function budgetId(
  { kind, id }: Scope,
  { window, rolling, models }: Omit<Budget, 'id' | 'limitNanoUsd' | 'raise' | 'warnAt'>,
): string {
  return derivedObjectId('budget', JSON.stringify([kind, id, window, rolling, models]));
}

/** The same for one customer: budgets of its own, under its name. */
function forCustomer({ budgets, ...template }: Caps): (name: string) => Caps {
  return (name) => {
    const scope: Scope = { kind: 'customer', id: name };
    return {
      ...template,
      scope,
      budgets: budgets.map((budget) => ({ ...budget, id: budgetId(scope, budget) })),
    };
  };
}

/** Throws a ConfigError with everything that is wrong. */
export function readCaps(
  config: CapsConfig | undefined,
  { unknownPrice, usualOutputTokens }: Required<NonNullable<Static<typeof budgetsSchema>>>,
  locate: Locator,
): CapsSettings {
  const { models = {}, customers = {}, ...everything } = config ?? {};
  const reader = new Reader(locate);
  const held = (kind: Scope['kind'], where: string, entries: Readonly<Record<string, Entry>>) =>
    Object.entries(entries).flatMap(
      ([id, entry]) => reader.caps({ kind, id }, entry, ['caps', where, id]) ?? [],
    );
  const ofAll = reader.caps({ kind: 'gateway', id: '' }, everything, ['caps']);
  const ofModels = held('model', 'models', models);
  const ofCustomers = held('customer', 'customers', customers);
  reader.finish();
  const template = ofCustomers.find(({ scope }) => scope.id === anyCustomer);
  const named = Object.keys(customers).filter((id) => id !== anyCustomer);
  return {
    everything: ofAll,
    models: ofModels,
    // A name without caps has none, not those of all others.
    customers: new Map(
      named.map((id) => [
        id,
        ofCustomers.find(({ scope }) => scope.id === id) ?? { scope: { kind: 'customer', id }, budgets: [] },
      ]),
    ),
    eachCustomer: template && forCustomer(template),
    unknownPrice,
    usualOutputTokens,
  };
}
