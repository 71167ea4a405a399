/** The catalogue in the executable; a module of its own so that it is read when a price is first asked for, not at the start. */
import { Catalogue } from './catalogue.ts';
import text from './catalogue.generated.jsonl' with { type: 'text' };

export function readBuiltInCatalogue(): Catalogue {
  return new Catalogue(text);
}
