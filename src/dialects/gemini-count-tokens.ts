/** The dialect of `POST …:countTokens`. A count is no consumption, so nothing is metered. */
import { GatewayError } from '../core/errors.ts';
import type { Dialect } from './dialect.ts';
import { fieldOf } from './gemini/fields.ts';
import { definePlainDialect } from './gemini/plain.ts';

const plain = definePlainDialect({
  name: 'gemini-count-tokens',
  verb: 'countTokens',
  check(json) {
    if (fieldOf(json, 'contents') != null || fieldOf(json, 'generateContentRequest') != null) return;
    const message = "Missing required parameter: 'contents'.";
    throw new GatewayError('missing_required_parameter', message, { param: 'contents' });
  },
});

export const geminiCountTokens: Dialect = { ...plain, listen: { ...plain.listen, isFree: true } };
