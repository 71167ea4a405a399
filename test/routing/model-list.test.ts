/** The list of models: asked of each provider once, named as clients name them, and never failing as a whole. */
import { describe, expect, test } from 'bun:test';
import type { Provider } from '../../src/providers/provider.ts';
import { ModelList } from '../../src/routing/model-list.ts';
import { Log } from '../../src/telemetry/log.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { providerNamed } from './party.ts';

const wheel = new TimerWheel();
const upstream = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, maxReplyBytes: 1 << 20 };
const listing =
  (...ids: unknown[]): FetchLike =>
  async () =>
    Response.json({ object: 'list', data: ids.map((id) => ({ id, created: 5, owned_by: 'them', x: 1 })) });

function listOf(
  providers: readonly Provider[],
  aliases: Record<string, string> = {},
  known: (provider: Provider) => Promise<readonly string[]> = async () => [],
) {
  const lines: string[] = [];
  const log = new Log(
    'info',
    (text) => text,
    (text) => {
      lines.push(text);
      return undefined;
    },
  );
  return { list: new ModelList({ providers, aliases, wheel, upstream, log, known }), log, lines };
}

const ids = async (list: ModelList) => (await list.all()).map((entry) => entry.id);

test('models are named as a client must name them', async () => {
  const { list } = listOf(
    [
      providerNamed('alpha', { models: ['a-*'], transport: listing('a-1', 'other/x') }),
      providerNamed('beta', { prefixes: ['b/'], transport: listing('m') }),
    ],
    { fast: 'alpha/a-1' },
  );
  expect(await ids(list)).toEqual(['fast', 'a-1', 'alpha/other/x', 'b/m']);
});

test('an entry keeps the provider’s own fields', async () => {
  const { list } = listOf([providerNamed('p', { transport: listing('m') })]);
  expect(await list.all()).toEqual([{ id: 'p/m', object: 'model', created: 5, owned_by: 'them', x: 1 }]);
});

test.each([
  ['p/m', 'p/m'],
  ['a-1', 'a-1'],
  ['p/a-1', 'p/a-1'],
  ['fast', 'fast'],
  ['m', undefined],
  ['p/', undefined],
  ['', undefined],
  ['__proto__', undefined],
])('%j is found as %p', async (id, expected) => {
  const { list } = listOf([providerNamed('p', { models: ['a-*'], transport: listing('m', 'a-1') })], {
    fast: 'p/m',
  });
  expect((await list.find(id))?.id).toBe(expected as string);
});

test('a provider is asked once for many', async () => {
  let asked = 0;
  const transport: FetchLike = async () => {
    asked++;
    return Response.json({ data: [{ id: 'm' }] });
  };
  const { list } = listOf([providerNamed('p', { transport })]);
  await Promise.all([list.all(), list.all(), list.find('p/m')]);
  await list.all();
  expect(asked).toBe(1);
});

describe('a provider that does not answer', () => {
  const failures: [string, FetchLike][] = [
    ['rejects', () => Promise.reject(new Error('refused'))],
    ['has a fault', async () => new Response('no', { status: 500 })],
    ['redirects', async () => new Response(null, { status: 302, headers: { location: 'http://x' } })],
    ['sends no JSON', async () => new Response('<html>')],
  ];

  test.each(failures)('because it %s is left out, logged, and asked again', async (_how, transport) => {
    let asked = 0;
    const failing: FetchLike = (url, init) => {
      asked++;
      return transport(url, init);
    };
    const providers = [
      providerNamed('bad', { transport: failing }),
      providerNamed('p', { transport: listing('m') }),
    ];
    const { list, log, lines } = listOf(providers);
    expect(await ids(list)).toEqual(['p/m']);
    expect(await ids(list)).toEqual(['p/m']);
    expect(asked).toBe(2);
    await log.flush();
    expect(lines.join('')).toContain('"event":"models.unavailable","provider":"bad"');
  });
});

test.each([
  { body: [] },
  { body: {} },
  { body: { data: 'x' } },
  { body: { data: [null, 5, { id: 5 }, {}] } },
])('a list that is none is empty: $body', async ({ body }) => {
  const { list } = listOf([providerNamed('p', { transport: async () => Response.json(body) })]);
  expect(await ids(list)).toEqual([]);
});

test('a provider that lists nothing is not asked', async () => {
  const { list } = listOf([providerNamed('p', { listsModels: false })], { fast: 'p/m' });
  expect(await ids(list)).toEqual(['fast']);
});

test('of a provider that lists nothing, what is known of it is listed, and asked about once a minute', async () => {
  let asked = 0;
  const known = async ({ name }: Provider) => {
    asked++;
    return name === 'p' ? ['m', 'a-1'] : [];
  };
  const transport: FetchLike = async () => {
    throw new Error('it was asked');
  };
  const { list, lines } = listOf(
    [
      providerNamed('p', { models: ['a-*'], listsModels: false, transport }),
      providerNamed('q', { transport: listing('x') }),
    ],
    {},
    known,
  );
  expect(await list.all()).toContainEqual({ id: 'p/m', object: 'model', created: 0, owned_by: 'p' });
  expect(await ids(list)).toEqual(['p/m', 'a-1', 'q/x']);
  expect((await list.find('p/a-1'))?.id).toBe('p/a-1');
  expect([asked, lines]).toEqual([1, []]);
});

test('no deadline is left behind', () => {
  expect(wheel.size).toBe(0);
});
