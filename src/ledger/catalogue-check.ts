/** Whether a price catalogue from elsewhere may take the place of the one in use: whole, sane, newer, and not all too different. */
import type { CatalogueHead, CatalogueModel, CatalogueProvider } from './catalogue.ts';
import { type Price, type Rates, rateKinds, type TieredRates } from './price.ts';
import { strangeIn } from './sane-price.ts';

/** No price of a model changes by more from one day to the next; what does is a mistake until somebody has looked. */
const greatestChange = 10;
/** So much of what is known may be gone. */
const greatestLoss = 0.2;
const dayMs = 86_400_000;

interface Entry {
  readonly provider: string;
  readonly model: CatalogueModel;
}

function isHead(value: unknown): value is CatalogueHead {
  const head = value as Partial<CatalogueHead> | null;
  return (
    typeof head?.asOf === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(head.asOf) && Array.isArray(head.sources)
  );
}

function isProvider(value: object): value is CatalogueProvider {
  const { provider, fallback = [] } = value as Partial<CatalogueProvider>;
  return (
    typeof provider === 'string' &&
    provider !== '' &&
    Array.isArray(fallback) &&
    fallback.every((name) => typeof name === 'string')
  );
}

function isModel(value: object): value is CatalogueModel {
  const { model, rules, eras } = value as Partial<CatalogueModel>;
  if (typeof model !== 'string' || !Array.isArray(rules) || !Array.isArray(eras)) return false;
  return eras.every((era) => typeof era?.price?.rates === 'object' && era.price.rates !== null);
}

/** Throws an Error that says which line is none of a catalogue. */
function read(text: string): { readonly head: CatalogueHead; readonly entries: readonly Entry[] } {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const parse = (line: string, at: number): object => {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // Said below.
    }
    throw new Error(`line ${at} is not JSON`);
  };
  const head = parse(first, 1);
  if (!isHead(head)) throw new Error('line 1 does not say of which day it is, and from where');
  const entries: Entry[] = [];
  let provider: string | undefined;
  for (const [index, line] of lines.entries()) {
    const at = index + 2;
    // The reader finds providers by how their lines begin.
    const value = parse(line, at);
    if (line.startsWith('{"provider":') && isProvider(value)) provider = value.provider;
    else if (provider !== undefined && !('provider' in value) && isModel(value))
      entries.push({ provider, model: value });
    else throw new Error(`line ${at} is neither a provider nor a model`);
  }
  return { head, entries };
}

/** Every table of rates of a price, by what it is for. */
function tablesOf(price: Price): ReadonlyMap<string, Rates> {
  const tables = new Map<string, Rates>();
  const add = (name: string, { rates, tiers = [] }: TieredRates) => {
    tables.set(name, rates);
    for (const tier of tiers) tables.set(`${name}above ${tier.above}: `, tier.rates);
  };
  add('', price);
  for (const [service, own] of Object.entries(price.services ?? {})) add(`${service}: `, own);
  return tables;
}

function changedRates(was: Rates, is: Rates): string[] {
  return rateKinds.flatMap((kind) => {
    const [a, b] = [was[kind] ?? 0, is[kind]];
    const isFar = a > 0 && b !== undefined && (b === 0 || Math.max(a / b, b / a) > greatestChange);
    return isFar ? [`${kind} was ${a}, and would be ${b}`] : [];
  });
}

function changesOf({ provider, model }: Entry, { eras }: CatalogueModel): string[] {
  const last = eras.at(-1);
  const known = last === undefined ? new Map<string, Rates>() : tablesOf(last.price);
  const prices = model.eras.flatMap(({ price, windows = [] }) => [
    price,
    ...windows.map((window) => window.price),
  ]);
  const found = prices.flatMap((price) =>
    [...tablesOf(price)].flatMap(([name, is]) =>
      changedRates(known.get(name) ?? {}, is).map((what) => `${provider}/${model.model}: ${name}${what}`),
    ),
  );
  return [...new Set(found)];
}

function strange({ provider, model }: Entry): string[] {
  return strangeIn(model).map((what) => `${provider}/${model.model}: ${what}`);
}

/** What is wrong with it, in words; empty where nothing is. `text`: of the new one, `current`: of the one in use. */
export function problemsWith(text: string, current: string, nowMs: number): readonly string[] {
  let fresh: ReturnType<typeof read>;
  try {
    fresh = read(text);
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)];
  }
  const known = read(current);
  const problems: string[] = [];
  const { asOf } = fresh.head;
  if (!(Date.parse(asOf) <= nowMs + dayMs)) problems.push(`it is of ${asOf}, which is still to come`);
  if (asOf < known.head.asOf)
    problems.push(`it is of ${asOf}, older than what is known, of ${known.head.asOf}`);
  // What was looked at and let through once need not be again.
  const excused = new Set(known.entries.flatMap(strange));
  problems.push(...fresh.entries.flatMap(strange).filter((what) => !excused.has(what)));
  const nameOf = ({ provider, model }: Entry) => `${provider}/${model.model}`;
  const before = new Map(known.entries.map((entry) => [nameOf(entry), entry.model]));
  const kept = fresh.entries.filter((entry) => before.has(nameOf(entry)));
  for (const entry of kept) {
    const model = before.get(nameOf(entry));
    if (model !== undefined) problems.push(...changesOf(entry, model));
  }
  const lost = before.size - new Set(kept.map(nameOf)).size;
  if (lost > before.size * greatestLoss) problems.push(`${lost} of ${before.size} models would be gone`);
  return problems;
}
