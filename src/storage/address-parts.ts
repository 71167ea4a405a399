/** What addresses of databases have in common: parts that are encoded, parameters that must all be known, files they name. */
import { readFileSync } from 'node:fs';
import { StorageRefused } from './storage-refused.ts';

/** Undefined for none. Throws StorageRefused. */
export function decodedPart(value: string): string | undefined {
  try {
    return value === '' ? undefined : decodeURIComponent(value);
  } catch {
    throw new StorageRefused('a part of the address is badly encoded: write `%` as `%25`.');
  }
}

/** Without the brackets of IPv6; undefined for none. */
export function hostOf({ hostname }: URL): string | undefined {
  return decodedPart(hostname.replace(/^\[(.*)\]$/, '$1'));
}

/** For a person. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Parameters behind the `?`: each is taken once, and none may be left. */
export class AddressParameters {
  readonly #query: Map<string, string>;

  constructor({ searchParams }: URL) {
    this.#query = new Map(searchParams);
  }

  take(name: string): string | undefined {
    const value = this.#query.get(name);
    this.#query.delete(name);
    return value === '' ? undefined : value;
  }

  /** Whether it says just that; then it is taken. */
  has(name: string, value: string): boolean {
    return this.#query.get(name) === value && this.#query.delete(name);
  }

  /** The text of the file that is named. Throws StorageRefused. */
  takeFile(name: string): string | undefined {
    const path = this.take(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (thrown) {
      throw new StorageRefused(`${name} cannot be read: ${String(thrown)}.`, { cause: thrown });
    }
  }

  /** Throws StorageRefused for what nobody took. */
  finish(): void {
    const [unknown] = this.#query.keys();
    if (unknown !== undefined)
      throw new StorageRefused(`the parameter '${unknown}' of the address is not known.`);
  }
}
