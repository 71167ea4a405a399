/** What is wrong with a configuration, where, and what was probably meant. */
export interface Diagnostic {
  /** `opengateway.json:3:12`, `.env:2 PORT`, `environment PORT`, or a flag. */
  readonly where: string;
  readonly problem: string;
}

/** Says where something stands, for `Diagnostic.where`. */
export interface Locator {
  /** A setting of the config file, by its keys from the top. */
  readonly setting: (path: readonly string[]) => string;
  /** A variable: its line in `.env` where it comes from there. */
  readonly variable: (name: string) => string;
}

export class ConfigError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ where, problem }) => `${where}  ${problem}`).join('\n'));
    this.name = 'ConfigError';
    this.diagnostics = diagnostics;
  }
}

/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows[i] = row;
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row[j] = best;
    }
  }
  return at(a.length, b.length);
}

/** ` Did you mean 'x'?` where a known word is near, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const asked = word.toLowerCase();
  const near = known
    .map((candidate) => ({ candidate, far: distance(asked, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, far }) => far <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.far - b.far)[0];
  return near === undefined ? '' : ` Did you mean '${near.candidate}'?`;
}
