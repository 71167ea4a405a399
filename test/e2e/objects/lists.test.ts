/** Lists show one's own objects alone, page by page, with ends that are true, in the form of each API. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type Ask, type ObjectStage, startObjectStage } from './stage.ts';

let stage: ObjectStage;
/** The newest first. */
const made: Record<'a' | 'b', string[]> = { a: [], b: [] };

beforeAll(async () => {
  stage = await startObjectStage();
  // Ten of the one's, then a gap of 250 of the other's, then ten more, mixed.
  const make = async (who: 'a' | 'b') => {
    const { json } = await stage[who]('POST', '/v1/batches', {});
    made[who].unshift(String(json.id));
  };
  for (let at = 0; at < 10; at++) await make('a');
  for (let at = 0; at < 250; at++) await make('b');
  for (let at = 0; at < 10; at++) for (const who of ['a', 'b'] as const) await make(who);
});
afterAll(() => stage.stop());

interface Page {
  readonly object?: string;
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

const page = async (ask: Ask, query: string): Promise<Page> =>
  (await ask('GET', `/v1/batches${query}`)).json as unknown as Page;
const idsOf = ({ data }: Page) => data.map(({ id }) => id);

describe('pages', () => {
  test.each([1, 3, 10, 12, 20, 50, 100])('of %i', async (limit) => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const got = await page(stage.a, `?limit=${limit}${cursor === '' ? '' : `&after=${cursor}`}`);
      expect(got.object).toBe('list');
      expect(got.data.length).toBeLessThanOrEqual(limit);
      expect([got.first_id, got.last_id]).toEqual([got.data[0]?.id ?? null, got.data.at(-1)?.id ?? null]);
      seen.push(...idsOf(got));
      if (!got.has_more) break;
      expect(got.data.length).toBe(limit);
      cursor = got.last_id ?? '';
    }
    expect(seen).toEqual(made.a);
  });

  test('backwards from an object', async () => {
    const [anchor = ''] = made.a.slice(15, 16);
    const got = await page(stage.a, `?limit=4&before=${anchor}`);
    expect(idsOf(got)).toEqual(made.a.slice(11, 15));
    expect(got.has_more).toBe(true);
    expect(idsOf(await page(stage.a, `?limit=100&before=${anchor}`))).toEqual(made.a.slice(0, 15));
  });

  test('without a limit are as long as the provider’s', async () => {
    const got = await page(stage.a, '');
    expect(idsOf(got)).toEqual(made.a);
    expect(got.has_more).toBe(false);
  });

  test('of root are the provider’s own', async () => {
    const got = await page(stage.root, '?limit=7');
    expect([got.data.length, got.has_more]).toEqual([7, true]);
  });
});

test('OpenAI’s SDK walks through them', async () => {
  const client = new OpenAI({ baseURL: `${stage.gateway.url}/v1`, apiKey: stage.keyOf.a, maxRetries: 0 });
  const seen: string[] = [];
  for await (const batch of client.batches.list({ limit: 3 })) seen.push(batch.id);
  expect(seen).toEqual(made.a);
});

test('Anthropic’s SDK walks through its own, both ways', async () => {
  const version = { 'anthropic-version': '2023-06-01' };
  const ids: string[] = [];
  for (let at = 0; at < 30; at++) {
    const who = at % 3 === 0 ? 'a' : 'b';
    const { json } = await stage[who]('POST', '/v1/messages/batches', { requests: [] }, version);
    if (who === 'a') ids.unshift(String(json.id));
  }
  const client = new Anthropic({ baseURL: stage.gateway.url, apiKey: stage.keyOf.a, maxRetries: 0 });
  const seen: string[] = [];
  for await (const batch of client.messages.batches.list({ limit: 4 })) seen.push(batch.id);
  expect(seen).toEqual(ids);
  const before = await client.messages.batches.list({ limit: 3, before_id: ids[5] ?? '' });
  expect(before.data.map(({ id }) => id)).toEqual(ids.slice(2, 5));
  expect(before.has_more).toBe(true);
});
