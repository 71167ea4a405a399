/** The catalogue in use: the one that was fetched last, where it is newer than the one built in. Looked at again while it runs. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Catalogue } from './catalogue.ts';

/** A change is seen within this time, milliseconds. */
const lookEveryMs = 2000;

export interface CatalogueKeeper {
  load(): Promise<Catalogue>;
  /** Whether what `load` gave last is no longer it. Cheap, since every call asks. */
  isStale(nowMs: number): boolean;
}

async function builtIn(): Promise<Catalogue> {
  return (await import('./built-in-catalogue.ts')).readBuiltInCatalogue();
}

export class KeptCatalogue implements CatalogueKeeper {
  readonly #path: string;
  #lookAtMs = 0;
  /** Of the file that was read; 0 where there was none. */
  #readAtMs = 0;

  constructor(path: string) {
    this.#path = path;
  }

  isStale(nowMs: number): boolean {
    if (nowMs < this.#lookAtMs) return false;
    this.#lookAtMs = nowMs + lookEveryMs;
    return this.#changedAtMs() !== this.#readAtMs;
  }

  /** What was checked when it was written and is damaged since counts as not there. */
  async load(): Promise<Catalogue> {
    this.#readAtMs = this.#changedAtMs();
    const own = await builtIn();
    if (this.#readAtMs === 0) return own;
    try {
      const fetched = new Catalogue(readFileSync(this.#path, 'utf8'));
      return fetched.head.asOf >= own.head.asOf ? fetched : own;
    } catch {
      return own;
    }
  }

  #changedAtMs(): number {
    try {
      return existsSync(this.#path) ? statSync(this.#path).mtimeMs : 0;
    } catch {
      return 0;
    }
  }
}
