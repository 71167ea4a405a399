/**
 * The providers there are now: those that are declared, and those whose credential is kept in the storage, which come and go while
 * the gateway runs. A provider that stays the same stays the same object.
 */
import type { Secret } from '../core/secret.ts';
import type { Provider, ProviderDefinition } from '../providers/provider.ts';

export interface KeptCredential {
  readonly provider: string;
  readonly apiKey: Secret;
  readonly baseUrl: string | null;
  /** Differs where the credential does. */
  readonly mark: string;
}

export interface RosterOptions {
  /** As they are declared. */
  readonly providers: readonly Provider[];
  readonly disabled: readonly ProviderDefinition[];
  /** Those declared only stand in while there is nobody else. */
  readonly isStandIn: boolean;
  /** Names, in the order in which providers are asked whether a model is theirs. */
  readonly order: readonly string[];
  /** Throws an Error that says why it cannot be. */
  build(credential: KeptCredential): Provider;
  /** Rejects where what is kept cannot be read. */
  load(): Promise<readonly KeptCredential[]>;
  /** Told of what cannot be used: the provider's name, and why. */
  onUnusable(provider: string, why: unknown): void;
}

export class ProviderRoster {
  readonly #options: RosterOptions;
  #providers: readonly Provider[];
  #disabled: readonly ProviderDefinition[];
  /** By provider. */
  #built = new Map<string, { readonly mark: string; readonly provider: Provider }>();
  /** Every secret that was ever in use here: what is under way may still say it. */
  readonly #secrets: Secret[] = [];
  #loading: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#providers = options.providers;
    this.#disabled = options.disabled;
  }

  get providers(): readonly Provider[] {
    return this.#providers;
  }

  /** Known, and enabled by nothing. */
  get disabled(): readonly ProviderDefinition[] {
    return this.#disabled;
  }

  get secrets(): readonly Secret[] {
    return this.#secrets;
  }

  /** Resolves once all is in use that was kept when this was called. Rejects as `load` does. */
  reload(): Promise<void> {
    if (this.#loading === undefined) return this.#begin();
    // What is under way may have read too early; whoever asks meanwhile shares the one that follows.
    const next = () => {
      this.#waiting = undefined;
      return this.#begin();
    };
    this.#waiting ??= this.#loading.then(next, next);
    return this.#waiting;
  }

  #begin(): Promise<void> {
    const loading = this.#load().finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #load(): Promise<void> {
    const kept = await this.#options.load();
    if (kept.length === 0 && this.#built.size === 0) return;
    const built = new Map(
      kept.flatMap((credential) => {
        const known = this.#built.get(credential.provider);
        const entry = known?.mark === credential.mark ? known : this.#build(credential);
        return entry === undefined ? [] : [[credential.provider, entry] as const];
      }),
    );
    const isSame =
      built.size === this.#built.size && [...built].every(([name, entry]) => this.#built.get(name) === entry);
    if (!isSame) this.#use(built);
  }

  #build(credential: KeptCredential) {
    const { provider: name, apiKey, mark } = credential;
    this.#secrets.push(apiKey);
    try {
      return { mark, provider: this.#options.build(credential) };
    } catch (thrown) {
      this.#options.onUnusable(name, thrown);
      return undefined;
    }
  }

  #use(built: Map<string, { readonly mark: string; readonly provider: Provider }>): void {
    const { order, providers, disabled, isStandIn } = this.#options;
    this.#built = built;
    const own = new Map(providers.map((provider) => [provider.name, provider]));
    const named = order.flatMap((name) => built.get(name)?.provider ?? own.get(name) ?? []);
    this.#providers = isStandIn && built.size === 0 ? providers : named;
    this.#disabled = disabled.filter(({ name }) => !built.has(name));
  }
}
