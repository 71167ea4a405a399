/** The objects of one call that is passed on: what it names, whose that is, what it leaves behind. */
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { malformed } from '../../core/upstream-failure.ts';
import type { StreamStep } from '../../dialects/dialect.ts';
import type { Caller } from '../../identity/caller.ts';
import { ownerOf } from '../../identity/object-store.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ForwardBody } from '../forward-body.ts';
import { type KeptObjects, type Place, placeOf } from './collections.ts';
import { KeepingStep } from './keeping-step.ts';
import { madeIn, namedIn, type ObjectGuard, seesAll } from './object-guard.ts';
import { ownPage } from './own-page.ts';
import { isIdLike, type Named, type Reference, readsEverything, referencesInFields } from './references.ts';

/** Where a list goes on: an object of the same kind. */
const cursors = ['after', 'before', 'after_id', 'before_id'] as const;

export class ForwardObjects {
  readonly #guard: ObjectGuard;
  readonly #caller: Caller;
  readonly #method: string;
  /** As it was asked for, and without its query. */
  readonly #asked: string;
  readonly #path: string;
  readonly #query: URLSearchParams;
  readonly #place: Place | undefined;
  #named: Named;
  /** Whose the object is that the path names, once it was asked. */
  #pathOwner: string | undefined;

  /** `path`: below the API's version, with its query. */
  constructor(guard: ObjectGuard, caller: Caller, kept: KeptObjects, method: string, path: string) {
    this.#guard = guard;
    this.#caller = caller;
    this.#method = method;
    this.#asked = path;
    const [plain = '', ...query] = path.split('?');
    this.#path = plain;
    this.#query = new URLSearchParams(query.join('?'));
    this.#place = placeOf(kept, plain);
    const { references, mentioned } = referencesInFields(this.#query);
    const below = plain.split('/').map(decodeURIComponent).filter(isIdLike);
    this.#named = { references: [...this.#inPath(), ...references], mentioned: [...mentioned, ...below] };
  }

  /** Whether the body has to be read for what it names, whatever it is. */
  get mustKnowBody(): boolean {
    return !seesAll(this.#caller) && this.#place?.collection.takesFiles !== true;
  }

  /** Whether this asks for a list of which only a part is the caller's. */
  get isOwnList(): boolean {
    const isList = this.#place !== undefined && this.#place.id === undefined && this.#isRead;
    return isList && !seesAll(this.#caller);
  }

  /** Throws `operation_not_supported` for what would read the objects of all. */
  read({ json, named }: ForwardBody): void {
    if (json !== undefined && !seesAll(this.#caller) && readsEverything(json))
      throw new GatewayError(
        'operation_not_supported',
        'This would read what everyone here has stored. Name a file of your own.',
      );
    if (named === undefined) return;
    const { references, mentioned } = this.#named;
    this.#named = {
      references: [...references, ...named.references],
      mentioned: [...mentioned, ...named.mentioned],
    };
  }

  /** The provider that keeps what the call is about. */
  host(): Promise<string | undefined> {
    return this.#guard.hostOf(this.#caller, this.#named);
  }

  /** Throws `object_not_found`. */
  async check(provider: Provider): Promise<void> {
    await this.#guard.check(this.#caller, provider, this.#named);
    const { id, collection } = this.#place ?? {};
    if (collection !== undefined && id === undefined && this.#method === 'DELETE' && !seesAll(this.#caller))
      throw new GatewayError('object_not_found', `No ${collection.kind} is named.`);
    if (id !== undefined) this.#pathOwner = await this.#guard.ownerAt(this.#caller, provider, id);
  }

  /** The caller's page of a list. `ask`: the provider's page at a path. */
  async ownPage(
    provider: Provider,
    ask: (path: string) => Promise<JsonObject | undefined>,
  ): Promise<JsonObject> {
    const noList = () => malformed(provider.name, 'a list that is none');
    const page = await ownPage(this.#query, {
      isOpen: !this.#guard.refusesUnknown(this.#caller),
      fetch: async (query) => {
        const fetched = await ask(query === undefined ? this.#asked : `${this.#path}?${query}`);
        if (fetched === undefined) throw noList();
        return fetched;
      },
      ownAmong: (entries) => this.#guard.ownAmong(this.#caller, provider, entries),
    });
    if (page === undefined) throw noList();
    await this.#guard.rememberNew(ownerOf(this.#caller), provider, namedIn(page.data));
    return page;
  }

  /** What a reply that claims success leaves behind; resolves when it is durable. */
  async learn(provider: Provider, json: JsonObject | undefined): Promise<void> {
    const place = this.#place;
    if (place === undefined) return;
    const { id, isBelow, collection } = place;
    if (this.#method === 'DELETE') {
      if (id !== undefined && !isBelow) await this.#guard.forget(provider, id);
      return;
    }
    const owner = this.#owner(place);
    if (json === undefined || owner === undefined) return;
    const made = this.#isRead ? namedIn(json) : madeIn(json, collection.kind);
    if (id === undefined) await this.#guard.remember(owner, provider, made);
    else await this.#guard.rememberNew(owner, provider, made);
  }

  keepingStep(provider: Provider, step: StreamStep): StreamStep {
    const place = this.#place;
    const owner = place && this.#owner(place);
    if (owner === undefined) return step;
    return new KeepingStep(step, { guard: this.#guard, owner, provider, kind: undefined });
  }

  get #isRead(): boolean {
    return this.#method === 'GET' || this.#method === 'HEAD';
  }

  /** Whose that is which the reply names: of a list of everyone's nothing is anyone's by being in it. */
  #owner({ id }: Place): string | undefined {
    if (id !== undefined && this.#pathOwner !== undefined) return this.#pathOwner;
    return this.#isRead ? undefined : ownerOf(this.#caller);
  }

  #inPath(): readonly Reference[] {
    const place = this.#place;
    if (place === undefined) return [];
    const { kind } = place.collection;
    if (place.id !== undefined) return [{ field: '', id: place.id, kind }];
    return cursors.flatMap((field) =>
      this.#query
        .getAll(field)
        .filter((id) => id !== '')
        .map((id) => ({ field, id, kind })),
    );
  }
}
