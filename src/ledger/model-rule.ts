/** Which names a price of the catalogue is for: rules as data, each decided in one pass over the name. */

/**
 * `=` the whole name, `^` its beginning, `$` its end, `*` some part of it; `!` before one means not. A `#` in a whole name or a
 * beginning stands for any digit. A list holds where each of its rules does. All in lower case.
 */
export type ModelRule = string | readonly string[];

/** Names come from clients: longer ones are nobody's. */
const maxNameLength = 512;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function beginsLike(name: string, pattern: string): boolean {
  if (name.length < pattern.length) return false;
  for (let at = 0; at < pattern.length; at++)
    if (pattern[at] === '#' ? !isDigit(name.charCodeAt(at)) : pattern[at] !== name[at]) return false;
  return true;
}

function holds(rule: string, name: string): boolean {
  const text = rule.slice(1);
  switch (rule[0]) {
    case '=':
      return name.length === text.length && beginsLike(name, text);
    case '^':
      return beginsLike(name, text);
    case '$':
      return name.endsWith(text);
    case '*':
      return name.includes(text);
    case '!':
      return !holds(text, name);
    default:
      return false;
  }
}

interface Placed<T> {
  readonly at: number;
  readonly value: T;
}

/** Finds the first entry that has a rule for a name; whole names, which most rules are, in one step. */
export class ModelIndex<T> {
  readonly #exact = new Map<string, Placed<T>>();
  readonly #others: (Placed<T> & { readonly rule: ModelRule })[] = [];

  constructor(entries: Iterable<{ readonly rules: readonly ModelRule[]; readonly value: T }>) {
    let at = 0;
    for (const { rules, value } of entries) {
      for (const rule of rules)
        if (typeof rule !== 'string' || rule[0] !== '=' || rule.includes('#'))
          this.#others.push({ at, value, rule });
        else if (!this.#exact.has(rule.slice(1))) this.#exact.set(rule.slice(1), { at, value });
      at++;
    }
  }

  /** `name`: in lower case. */
  find(name: string): T | undefined {
    if (name.length > maxNameLength) return undefined;
    const exact = this.#exact.get(name);
    for (const { at, value, rule } of this.#others) {
      if (exact !== undefined && at > exact.at) break;
      if (typeof rule === 'string' ? holds(rule, name) : rule.every((each) => holds(each, name)))
        return value;
    }
    return exact?.value;
  }
}
