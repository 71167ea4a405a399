/**
 * Ids for calls that have none: Gemini pairs calls and results by name and order, other dialects by id. The same
 * conversation always gets the same ids, since they are made of the name and how often it was called before.
 */
interface MadeCall {
  readonly id: string;
  readonly name: string;
  /** Gemini gave the call its id. */
  readonly given: boolean;
}

export class CallIds {
  readonly #counts = new Map<string, number>();
  /** Calls nobody has answered yet, oldest first. */
  readonly #open: MadeCall[] = [];

  call(name: string, given: string | undefined): string {
    const id = given ?? this.#made(name);
    this.#open.push({ id, name, given: given !== undefined });
    return id;
  }

  /** The id of the call that a result answers. */
  answer(name: string, given: string | undefined): string {
    const byId = given === undefined ? -1 : this.#open.findIndex(({ id }) => id === given);
    const at =
      byId !== -1 ? byId : this.#open.findIndex((call) => call.name === name && (!given || !call.given));
    const [call] = at === -1 ? [] : this.#open.splice(at, 1);
    return call?.id ?? given ?? this.#made(name);
  }

  #made(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return `call_${name}_${count}`;
  }
}
