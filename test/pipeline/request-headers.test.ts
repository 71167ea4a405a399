/** Which of a client's headers reach a provider, and what is left of those with a filter. */
import { expect, test } from 'bun:test';
import { requestHeaders } from '../../src/pipeline/request-headers.ts';
import type { BetaFilter } from '../../src/providers/provider.ts';
import { providerNamed } from '../routing/party.ts';

const own = { authorization: 'Bearer k', 'x-own': '1' };

function sent(client: Record<string, string>, forwardHeaders: readonly string[], betas?: BetaFilter) {
  const provider = { ...providerNamed('p'), headers: own, forwardHeaders, ...(betas && { betas }) };
  return requestHeaders(provider, new Headers(client));
}

test('only those that are named are passed on, and they replace its own', () => {
  expect(
    sent({ 'x-a': 'a', 'x-b': 'b', 'x-own': '2', authorization: 'Bearer client' }, ['x-a', 'x-own']),
  ).toEqual({
    ...own,
    'x-a': 'a',
    'x-own': '2',
  });
});

test('nothing is copied where nothing is passed on', () => {
  expect(sent({ 'x-a': 'a' }, [])).toBe(own);
  expect(sent({ 'x-a': 'a' }, ['x-b'])).toBe(own);
});

const three = 'context-1m-2025-08-07, interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14';
test.each<[BetaFilter | undefined, string, string | undefined]>([
  [undefined, three, three],
  [{}, three, three.replaceAll(' ', '')],
  [
    { deny: ['context-1m-2025-08-07'] },
    three,
    'interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14',
  ],
  [{ allow: ['context-*', 'fine-*'] }, three, 'context-1m-2025-08-07,fine-grained-tool-streaming-2025-05-14'],
  [{ allow: ['*'], deny: ['fine-*', 'inter*'] }, three, 'context-1m-2025-08-07'],
  [{ allow: [] }, three, undefined],
  [{ deny: ['*'] }, three, undefined],
  [{ deny: ['x'] }, ' , ,', undefined],
])('of anthropic-beta %j leaves of %j: %j', (betas, value, expected) => {
  expect(sent({ 'anthropic-beta': value }, ['anthropic-beta'], betas)['anthropic-beta']).toBe(
    expected as string,
  );
});

test('the filter is about that header alone', () => {
  expect(sent({ 'x-a': 'x,y' }, ['x-a'], { allow: [] })).toMatchObject({ 'x-a': 'x,y' });
});
