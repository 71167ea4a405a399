/** `Response` copies the headers it is given: one set can serve reply after reply, changed in between. */
import { expect, test } from 'bun:test';

test('what is set after a response is made is not in it', () => {
  const shared = new Headers({ 'content-type': 'application/json', 'x-request-id': 'first' });
  const first = new Response('{}', { headers: shared });
  shared.set('x-request-id', 'second');
  const second = new Response('{}', { headers: shared });
  expect([first, second].map((reply) => reply.headers.get('x-request-id'))).toEqual(['first', 'second']);
});
