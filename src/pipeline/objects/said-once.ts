/** Refuses what could be read in two ways: a body that says a field twice, deep inside, where only one of them is checked. */
import { GatewayError } from '../../core/errors.ts';
import type { RequestBody } from '../../dialects/dialect.ts';
import { saysTwice } from './references.ts';

/** Throws `duplicate_key`. */
export function checkSaidOnce({ text, json }: Pick<RequestBody, 'text' | 'json'>): void {
  if (saysTwice(text, json))
    throw new GatewayError('duplicate_key', 'The request body names a field more than once.');
}
