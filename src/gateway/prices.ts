/** The prices a gateway of these settings works with, and how newer ones are taken. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { Catalogue } from '../ledger/catalogue.ts';
import { problemsWith } from '../ledger/catalogue-check.ts';
import { KeptCatalogue } from '../ledger/kept-catalogue.ts';
import type { Price } from '../ledger/price.ts';
import { PriceBook } from '../ledger/price-book.ts';
import { Router } from '../routing/router.ts';

export interface ShownPrice {
  readonly provider: string;
  readonly model: string;
  /** The day of the catalogue. */
  readonly asOf: string;
  /** Undefined where nobody knows. */
  readonly price: Price | undefined;
}

/** What a model costs now, under any name a client may give it. Throws `model_not_found` or `provider_not_configured`. */
export async function priceOf(settings: Settings, model: string): Promise<ShownPrice | undefined> {
  const { providers, disabled, aliases, prices, cataloguePath } = settings;
  const [target] = new Router({ providers, disabled, aliases }).targetsOf(model);
  if (target === undefined) return undefined;
  const book = new PriceBook({ ...prices, unknown: 'flag' }, new KeptCatalogue(cataloguePath));
  const price = await book.priceOf(target);
  return { provider: target.provider.name, model: target.model, asOf: await book.asOf(), price };
}

export type Refreshed =
  | { readonly problems: readonly string[] }
  | { readonly asOf: string; readonly before: string; readonly isSame: boolean };

/** Keeps a catalogue that was fetched, if it may take the place of the one in use; a running gateway sees it by itself. */
export async function keepPrices({ cataloguePath }: Settings, text: string): Promise<Refreshed> {
  const current = await new KeptCatalogue(cataloguePath).load();
  const before = current.head.asOf;
  const problems = problemsWith(text, current.text, Date.now());
  if (problems.length > 0) return { problems };
  const { asOf } = new Catalogue(text).head;
  if (text === current.text) return { asOf, before, isSame: true };
  mkdirSync(dirname(cataloguePath), { recursive: true, mode: 0o700 });
  const drawn = `${cataloguePath}.${process.pid}`;
  const file = openSync(drawn, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // Whole or not at all: who reads meanwhile has the one or the other.
    renameSync(drawn, cataloguePath);
  } catch (thrown) {
    unlinkSync(drawn);
    throw thrown;
  }
  return { asOf, before, isSame: false };
}
