/** Which caps hold for a call: those of its caller, and of the configuration those of everything, its model and its customer. */
import type { Budget, Caps } from '../ledger/caps.ts';
import type { CapsSettings } from '../ledger/caps-settings.ts';
import type { Target } from '../providers/provider.ts';
import { matchesModel } from '../routing/model-pattern.ts';
import { namesOf } from '../routing/router.ts';

/** Customers whose caps are kept ready; whoever calls chooses how many there are. */
const maxCustomers = 10_000;

const none: readonly Caps[] = [];

export class CapsBook {
  readonly #settings: CapsSettings;
  /** Whether the configuration has any. */
  readonly #isEmpty: boolean;
  readonly #customers = new Map<string, Caps>();
  /** By target, which is the same for every call of a name. */
  readonly #models = new WeakMap<Target, readonly Caps[]>();

  constructor(settings: CapsSettings) {
    const { everything, models, customers, eachCustomer } = settings;
    this.#settings = settings;
    this.#isEmpty =
      everything === undefined && models.length === 0 && customers.size === 0 && eachCustomer === undefined;
  }

  /**
   * Undefined where nothing holds the call down. `asked`: the model as the client named it, empty where it named none.
   */
  of(
    caller: readonly Caps[] | undefined,
    customerName: string | undefined,
    asked: string,
    target: Target,
  ): readonly Caps[] | undefined {
    if (this.#isEmpty) return caller === undefined ? undefined : fitting(caller, asked, target);
    const ofTarget = this.#ofTarget(asked, target);
    const customer = this.#customer(customerName);
    if (customer === undefined && ofTarget.length === 0)
      return caller === undefined ? undefined : fitting(caller, asked, target);
    const all = [...(caller ?? none), ...ofTarget, ...(customer === undefined ? none : [customer])];
    return fitting(all, asked, target);
  }

  #ofTarget(asked: string, target: Target): readonly Caps[] {
    let caps = this.#models.get(target);
    if (caps === undefined) {
      const { everything, models } = this.#settings;
      caps = models.filter(({ scope }) => isAbout([scope.id], asked, target));
      if (everything !== undefined) caps = [everything, ...caps];
      this.#models.set(target, caps);
    }
    return caps;
  }

  #customer(name: string | undefined): Caps | undefined {
    if (name === undefined) return undefined;
    const { customers, eachCustomer } = this.#settings;
    const own = customers.get(name) ?? this.#customers.get(name);
    if (own !== undefined || eachCustomer === undefined) return own;
    const made = eachCustomer(name);
    if (this.#customers.size >= maxCustomers) {
      const [oldest = ''] = this.#customers.keys();
      this.#customers.delete(oldest);
    }
    this.#customers.set(name, made);
    return made;
  }
}

/** Whether a call is one of these models, by any of its names. What names no model is none of them. */
function isAbout(patterns: readonly string[], asked: string, target: Target): boolean {
  if (target.model === '') return false;
  const names = [asked, ...namesOf(target)];
  return patterns.some((pattern) => names.some((name) => matchesModel(pattern, name)));
}

function holds({ models }: Budget, asked: string, target: Target): boolean {
  return models === null || isAbout(models, asked, target);
}

/** Without the budgets of other models; nothing is copied where there are none. */
function fitting(all: readonly Caps[], asked: string, target: Target): readonly Caps[] {
  for (const { budgets } of all)
    for (const budget of budgets) if (!holds(budget, asked, target)) return narrowed(all, asked, target);
  return all;
}

function narrowed(all: readonly Caps[], asked: string, target: Target): readonly Caps[] {
  return all.map((caps) => ({
    ...caps,
    budgets: caps.budgets.filter((budget) => holds(budget, asked, target)),
  }));
}
