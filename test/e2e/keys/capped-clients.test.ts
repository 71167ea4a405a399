/** Limits and budgets as real clients meet them: their own exception, and a second try only where one can help. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startGateway } from '../../support/gateway.ts';
import { administrationOf, type KeyStage, startKeyStage } from './stage.ts';

let stage: KeyStage;
beforeAll(async () => {
  stage = await startKeyStage();
}, 30_000);
afterAll(async () => {
  await stage.stop();
});

async function thrownBy(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

/** Requests of a client, counted where they leave it. */
function counting() {
  const counts = { tries: 0 };
  const send = (async (...request: Parameters<typeof fetch>) => {
    counts.tries++;
    return await fetch(...request);
  }) as typeof fetch;
  return { counts, send };
}

const openaiAsk = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'x' }] };
const claudeAsk = { ...openaiAsk, max_tokens: 5 };

const outOfMoney = { budgets: [{ limit_usd: 0, window: 'total' }] };

describe('openai', () => {
  const clientOf = (apiKey: string, send: typeof fetch, maxRetries: number) =>
    new OpenAI({ apiKey, baseURL: `${stage.gateway.url}/v1`, maxRetries, fetch: send });

  test('a budget that is used up is a RateLimitError, tried once', async () => {
    const { counts, send } = counting();
    const client = clientOf(await stage.key(outOfMoney), send, 2);
    const thrown = await thrownBy(() => client.chat.completions.create(openaiAsk));
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(thrown).toMatchObject({ status: 429, code: 'budget_exceeded', type: 'insufficient_quota' });
    expect(counts.tries).toBe(1);
  });

  test('a limit is a RateLimitError, tried again after the time it names', async () => {
    const { counts, send } = counting();
    const key = await stage.key({ limits: { rpm: 600 } });
    const client = clientOf(key, send, 2);
    // Empties the bucket of a minute, from which ten a second come back.
    const impatient = clientOf(key, fetch, 0);
    const all = await Promise.allSettled(
      Array.from({ length: 650 }, () => impatient.chat.completions.create(openaiAsk)),
    );
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(OpenAI.RateLimitError);
      expect(reason).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    }
    const completion = await client.chat.completions.create(openaiAsk).withResponse();
    expect(completion.response.headers.get('x-ratelimit-limit-requests')).toBe('600');
    expect(counts.tries).toBeLessThanOrEqual(3);
  }, 30_000);
});

test('anthropic: a budget that is used up is a RateLimitError, tried once', async () => {
  const { counts, send } = counting();
  const client = new Anthropic({
    apiKey: await stage.key(outOfMoney),
    baseURL: stage.gateway.url,
    fetch: send,
  });
  const thrown = await thrownBy(() => client.messages.create(claudeAsk));
  expect(thrown).toBeInstanceOf(Anthropic.RateLimitError);
  expect(thrown).toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
  expect(counts.tries).toBe(1);
});

test('what was spent is there after a restart, of keys and of the configuration', async () => {
  const dataDir = `${stage.gateway.dir}/kept`;
  const config = {
    prices: { models: { 'demo/*': { perRequest: 0.1 } } },
    caps: { customers: { '*': { budgets: [{ limitUsd: 0.2, window: 'total' }] } } },
  };
  const start = () => startGateway({ env: { OPENGATEWAY_DATA_DIR: dataDir }, config });
  const ask = async (url: string, key: string, user?: string) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ ...openaiAsk, model: 'demo/echo', user }),
    });
    await response.text();
    return response.status;
  };
  const before = await start();
  const made = await administrationOf(before.url)('POST', '/admin/keys', {
    name: 'k',
    budgets: [{ limit_usd: 0.5, window: 'month' }],
  });
  const key = String(made.json.key);
  expect([await ask(before.url, key, 'alice'), await ask(before.url, key, 'alice')]).toEqual([200, 200]);
  expect([await ask(before.url, key, 'alice'), await ask(before.url, key)]).toEqual([429, 200]);
  await before.stop();
  const after = await start();
  const shown = await administrationOf(after.url)('GET', `/admin/keys/${made.json.id}`);
  expect(shown.json.budgets).toMatchObject([{ spent_usd: 0.3, reserved_usd: 0 }]);
  expect([await ask(after.url, key, 'alice'), await ask(after.url, key, 'bob')]).toEqual([429, 200]);
  expect([await ask(after.url, key), await ask(after.url, key)]).toEqual([200, 429]);
  await after.stop();
}, 30_000);
