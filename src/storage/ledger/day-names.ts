/**
 * The names clients choose, as far as usage is told apart by them: so many a day, further ones go under one name, so that
 * what is added up stays small whatever is sent.
 */
import type { Statement } from '../statements.ts';

export const namesADay = { model: 1000, customer: 5000 } as const;
export const otherNames = '(other)';
/** Calls that end around midnight, and no more. */
const maxDays = 4;

export type NameKind = keyof typeof namesADay;

export function selectNames(day: number, kind: NameKind): Statement {
  return { text: 'SELECT name FROM names_of_day WHERE day = ? AND kind = ?', cells: [day, kind] };
}

export function insertName(day: number, kind: NameKind, name: string): Statement {
  return {
    text: 'INSERT INTO names_of_day (day, kind, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    cells: [day, kind, name],
  };
}

export class DayNames {
  readonly #known = new Map<string, Set<string>>();

  /** Whether the names of a day are known; where not, they are to be told by `learn` first. */
  knows(day: number, kind: NameKind): boolean {
    return this.#known.has(`${kind} ${day}`);
  }

  learn(day: number, kind: NameKind, names: Iterable<string>): void {
    if (this.#known.size >= maxDays * 2) this.#known.clear();
    this.#known.set(`${kind} ${day}`, new Set(names));
  }

  /** The name itself, or that of the others. `keep` is called for one that is new. */
  admit(day: number, kind: NameKind, name: string, keep: (name: string) => void): string {
    if (name === '' || name === otherNames) return name;
    const names = this.#known.get(`${kind} ${day}`);
    if (names?.has(name) === true) return name;
    if (names === undefined || names.size >= namesADay[kind]) return otherNames;
    keep(name);
    names.add(name);
    return name;
  }

  /** After a transaction that was undone. */
  forget(): void {
    this.#known.clear();
  }
}
