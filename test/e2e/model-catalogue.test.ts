/** Providers that list no models are listed from the price catalogue, as far as a key may use them. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { administrationOf } from './keys/stage.ts';

let gateway: RunningGateway;
let asked = 0;
const nobody = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch() {
    asked++;
    return new Response(null, { status: 500 });
  },
});

beforeAll(async () => {
  const base = `http://127.0.0.1:${nobody.port}`;
  gateway = await startGateway({
    env: {
      PERPLEXITY_API_KEY: 'sk-perplexity',
      PERPLEXITY_BASE_URL: base,
      AWS_BEARER_TOKEN_BEDROCK: 'sk-bedrock',
      AWS_REGION: 'us-east-1',
      BEDROCK_BASE_URL: base,
      AZURE_OPENAI_API_KEY: 'sk-azure',
      AZURE_OPENAI_ENDPOINT: base,
      AZURE_OPENAI_API_VERSION: '2024-10-21',
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await nobody.stop(true);
});

async function listed(key: string, headers: Record<string, string> = {}): Promise<string[]> {
  const response = await fetch(`${gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

test('root sees them all, and no provider was asked', async () => {
  const ids = await listed(rootKey);
  for (const id of ['amazon.nova-pro-v1:0', 'azure/o3-mini', 'perplexity/pplx-decider-v1.2'])
    expect(ids).toContain(id);
  expect(ids.length).toBeGreaterThan(100);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => id.includes('regional.'))).toEqual([]);
  expect(asked).toBe(0);
  expect(await listed(rootKey, { 'anthropic-version': '2023-06-01' })).toEqual(ids);
});

test('a key sees what it may use', async () => {
  const keyWith = async (fields: object) =>
    String((await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k', ...fields })).json.key);
  const ids = await listed(await keyWith({ providers: ['azure'] }));
  expect(ids.length).toBeGreaterThan(5);
  expect(ids.filter((id) => !id.startsWith('azure/'))).toEqual([]);
  expect(await listed(await keyWith({ models: ['bedrock/amazon.nova-pro-v1:0'] }))).toEqual([
    'amazon.nova-pro-v1:0',
  ]);
});

test('one of them is found by its id', async () => {
  const response = await fetch(`${gateway.url}/v1/models/bedrock%2Famazon.nova-pro-v1:0`, {
    headers: { authorization: `Bearer ${rootKey}` },
  });
  expect([response.status, ((await response.json()) as { owned_by: string }).owned_by]).toEqual([
    200,
    'bedrock',
  ]);
});
