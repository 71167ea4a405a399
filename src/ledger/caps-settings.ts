/** The caps of the configuration: of everything together, of models, of customers. */
import type { Caps } from './caps.ts';

export interface CapsSettings {
  /** Of all calls together. */
  readonly everything: Caps | undefined;
  /** All whose pattern matches hold; calls of all the models one matches count together. */
  readonly models: readonly Caps[];
  /** By name, instead of `eachCustomer`. */
  readonly customers: ReadonlyMap<string, Caps>;
  /** What every customer has for itself. */
  readonly eachCustomer: ((name: string) => Caps) | undefined;
  /** What happens to a call that a budget holds for, and whose price nobody knows. */
  readonly unknownPrice: 'refuse' | 'allow';
  /** What a model is taken to answer until it is known better. */
  readonly usualOutputTokens: number;
}

/** What becomes of calls while Redis, which counts them, cannot be asked; those a budget and a limit hold for are refused if either says so. */
export interface WhenUncounted {
  readonly budgets: 'refuse' | 'allow';
  readonly limits: 'refuse' | 'allow';
}
