/**
 * What is held, by the id of its call: chains in a fixed number of places. A `Map` of what comes and goes with every call makes a new
 * table every few of them, and one that has outlived a collection keeps all that came after it alive until the next full one: three
 * times as much was looked at in every collection.
 */
export interface Chained<One> {
  readonly id: string;
  /** In the same place; the table's own. */
  next: One | undefined;
}

const places = 1024;

/** Ids end in what was drawn by lot. */
function placeOf(id: string): number {
  const { length } = id;
  let hash = length;
  for (let at = Math.max(0, length - 3); at < length; at++) hash = hash * 31 + id.charCodeAt(at);
  return hash % places;
}

export class HeldTable<One extends Chained<One>> {
  readonly #first: (One | undefined)[] = new Array(places).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: string): One | undefined {
    let one = this.#first[placeOf(id)];
    while (one !== undefined && one.id !== id) one = one.next;
    return one;
  }

  /** One whose id is not there. */
  add(one: One): void {
    const place = placeOf(one.id);
    one.next = this.#first[place];
    this.#first[place] = one;
    this.#size++;
  }

  /** Takes it out; undefined where it is not there. */
  take(id: string): One | undefined {
    const place = placeOf(id);
    let before: One | undefined;
    let one = this.#first[place];
    while (one !== undefined && one.id !== id) {
      before = one;
      one = one.next;
    }
    if (one === undefined) return undefined;
    if (before === undefined) this.#first[place] = one.next;
    else before.next = one.next;
    one.next = undefined;
    this.#size--;
    return one;
  }
}
