/** The catalogue in the executable; a module of its own so that it is read when a price is first asked for, not at the start. */

import text from './catalogue.generated.jsonl' with { type: 'text' };
import { Catalogue } from './catalogue.ts';

export function readBuiltInCatalogue(): Catalogue {
  return new Catalogue(text);
}
