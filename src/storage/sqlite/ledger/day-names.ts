/**
 * The names clients choose, as far as usage is told apart by them: so many a day, further ones go under one name, so that
 * what is added up stays small whatever is sent.
 */
import type { Database } from 'bun:sqlite';

export const namesADay = { model: 1000, customer: 5000 } as const;
export const otherNames = '(other)';
/** Calls that end around midnight, and no more. */
const maxDays = 4;

type Kind = keyof typeof namesADay;

export class DayNames {
  readonly #database: Database;
  readonly #known = new Map<string, Set<string>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The name itself, or that of the others. Inside a transaction. */
  admit(day: number, kind: Kind, name: string): string {
    if (name === '' || name === otherNames) return name;
    const names = this.#namesOf(day, kind);
    if (names.has(name)) return name;
    if (names.size >= namesADay[kind]) return otherNames;
    this.#database
      .query('INSERT OR IGNORE INTO names_of_day (day, kind, name) VALUES (?, ?, ?)')
      .run(day, kind, name);
    names.add(name);
    return name;
  }

  /** After a transaction that was undone. */
  forget(): void {
    this.#known.clear();
  }

  #namesOf(day: number, kind: Kind): Set<string> {
    const key = `${kind} ${day}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const rows = this.#database
      .query<{ name: string }, [number, string]>('SELECT name FROM names_of_day WHERE day = ? AND kind = ?')
      .all(day, kind);
    const names = new Set(rows.map(({ name }) => name));
    if (this.#known.size >= maxDays) this.#known.clear();
    this.#known.set(key, names);
    return names;
  }
}
