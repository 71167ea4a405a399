import { expect, test } from 'bun:test';
import { clientQuery } from '../../src/pipeline/client-query.ts';

test.each([
  ['http://g/v1/messages', ''],
  ['http://g/v1/messages?', ''],
  ['http://g/v1/messages?beta=true', '?beta=true'],
  ['http://g/v1/messages?beta=true#key=k', '?beta=true'],
  ['http://g/v1/messages?key=sk-1', ''],
  ['http://g/v1/messages?beta=true&key=sk-1', '?beta=true'],
  ['http://g/v1/messages?key=sk-1&key=sk-2&beta=true', '?beta=true'],
  // A server reads this name as `key`, too.
  ['http://g/v1/messages?%6bey=sk-1&beta=true', '?beta=true'],
  ['http://g/v1/messages?api_base=http%3A%2F%2Fevil&base_url=x&beta=true', '?beta=true'],
])('%s: %p', (url, query) => {
  expect(clientQuery(url)).toBe(query);
});
