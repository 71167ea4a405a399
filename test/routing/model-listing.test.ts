/** Lists of models in each API's form, over as many pages as there are, and no more than anyone needs. */
import { expect, test } from 'bun:test';
import type { DialectName } from '../../src/core/dialect-name.ts';
import { ModelList } from '../../src/routing/model-list.ts';
import { listingOf } from '../../src/routing/model-listing.ts';
import { Log } from '../../src/telemetry/log.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { providerNamed } from './party.ts';

const upstream = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, maxReplyBytes: 1 << 20 };

/** Every address asked, and the list as clients get it. */
async function listed(dialect: DialectName, baseUrl: string, answer: (url: URL) => unknown) {
  const asked: string[] = [];
  const provider = {
    ...providerNamed('p', {
      dialects: [dialect, 'openai-chat'],
      transport: async (url) => {
        asked.push(url);
        return Response.json(answer(new URL(url)));
      },
    }),
    baseUrl,
  };
  const log = new Log(
    'error',
    (text) => text,
    () => undefined,
  );
  const list = new ModelList({
    providers: [provider],
    aliases: {},
    wheel: new TimerWheel(),
    upstream,
    log,
    known: async () => [],
  });
  return { asked, models: await list.all() };
}

test('Anthropic’s pages are asked for one after the other', async () => {
  const pages: Record<string, unknown> = {
    '': {
      data: [{ type: 'model', id: 'a', display_name: 'A', created_at: '2025-02-19T00:00:00Z' }],
      has_more: true,
      last_id: 'a',
    },
    a: {
      data: [{ type: 'model', id: 'b', display_name: 'B', created_at: 'never' }],
      has_more: false,
      last_id: 'b',
    },
  };
  for (const base of ['http://x', 'http://x/v1']) {
    const { asked, models } = await listed(
      'anthropic-messages',
      base,
      (url) => pages[url.searchParams.get('after_id') ?? ''],
    );
    expect(asked).toEqual(['http://x/v1/models?limit=1000', 'http://x/v1/models?limit=1000&after_id=a']);
    expect(models).toEqual([
      {
        type: 'model',
        id: 'p/a',
        display_name: 'A',
        created_at: '2025-02-19T00:00:00Z',
        object: 'model',
        created: 1739923200,
        owned_by: 'p',
      },
      {
        type: 'model',
        id: 'p/b',
        display_name: 'B',
        created_at: 'never',
        object: 'model',
        created: 0,
        owned_by: 'p',
      },
    ]);
  }
});

test('Gemini’s names lose their collection, and its pages follow their token', async () => {
  const { asked, models } = await listed('gemini', 'http://x/v1beta', (url) =>
    url.searchParams.has('pageToken')
      ? { models: [{ name: 'models/b' }], nextPageToken: '' }
      : {
          models: [{ name: 'models/a', displayName: 'A' }, { displayName: 'nameless' }],
          nextPageToken: 't/1',
        },
  );
  expect(asked).toEqual([
    'http://x/v1beta/models?pageSize=1000',
    'http://x/v1beta/models?pageSize=1000&pageToken=t%2F1',
  ]);
  expect(models.map(({ id, name, created }) => [id, name, created])).toEqual([
    ['p/a', 'models/a', 0],
    ['p/b', 'models/b', 0],
  ]);
});

test('OpenAI’s list may be a bare one', async () => {
  const { models } = await listed('openai-chat', 'http://x/v1', () => [
    { id: 'a', created: 5 },
    5,
    { id: 6 },
  ]);
  expect(models).toEqual([{ id: 'p/a', created: 5, object: 'model', owned_by: 'p' }]);
});

test('a list without end is cut', async () => {
  const { asked } = await listed('gemini', 'http://x', () => ({ models: [], nextPageToken: 'again' }));
  expect(asked).toHaveLength(20);
});

test.each(['anthropic-messages', 'gemini', 'openai-chat'] as const)('%s stands odd answers', (dialect) => {
  const listing = listingOf(new Set([dialect]));
  for (const odd of [
    null,
    5,
    'x',
    [],
    {},
    { data: 5, models: 5 },
    { data: [null], models: [[]] },
    { has_more: true },
  ])
    expect(listing.read(odd)).toEqual({ models: [] });
});

test('credentials made for a request are made for this one too', async () => {
  const log = new Log(
    'error',
    (text) => text,
    () => undefined,
  );
  const seen: string[] = [];
  const provider = {
    ...providerNamed('p', {
      transport: async (_url, init) => {
        seen.push(new Headers(init.headers).get('authorization') ?? '');
        return Response.json({ data: [] });
      },
    }),
    authorize: async () => ({ authorization: 'Bearer t' }),
  };
  await new ModelList({
    providers: [provider],
    aliases: {},
    wheel: new TimerWheel(),
    upstream,
    log,
    known: async () => [],
  }).all();
  expect(seen).toEqual(['Bearer t']);
});
