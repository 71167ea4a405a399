/** A realtime session is held down as it goes on: it reserves, holds what it uses, and ends when its budget does. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import type { SocketClient } from '../../support/socket-client.ts';
import { type SocketStage, startSocketStage } from '../../support/socket-stage.ts';
import { administrationOf } from './stage.ts';

let stage: SocketStage;
let admin: ReturnType<typeof administrationOf>;
beforeAll(async () => {
  // A dollar for each token that is written; nothing is taken to be written before.
  const prices = { models: { 'openai/*': { inputPerMTok: 0, outputPerMTok: 1_000_000 } } };
  stage = await startSocketStage({}, { prices, budgets: { usualOutputTokens: 1 } });
  admin = administrationOf(stage.gateway.url);
}, 30_000);
afterAll(async () => {
  await stage.stop();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 500) throw new Error('it did not happen');
    await Bun.sleep(10);
  }
}

async function opened(caps: object) {
  const { json } = await admin('POST', '/admin/keys', { name: 'k', ...caps });
  const headers = { authorization: `Bearer ${String(json.key)}` };
  const money = async () => {
    const [budget] = (await admin('GET', `/admin/keys/${json.id}`)).json.budgets as {
      spent_usd: number;
      reserved_usd: number;
    }[];
    return [budget?.spent_usd, budget?.reserved_usd];
  };
  return { open: () => stage.open('/v1/realtime?model=gpt-usage', { headers }), money };
}

test('what it uses is held while it goes on, and charged once at the end', async () => {
  const { open, money } = await opened({ budgets: [{ limit_usd: 100, window: 'total' }] });
  const client = await open();
  expect(await money()).toEqual([0, 1]);
  // The upstream answers each message with two responses, of 4 and 6 tokens.
  client.socket.send('go on');
  await client.message(3);
  expect(
    await eventually(async () => ((await money())[1] === 11 ? 'held' : undefined), 'all to be held'),
  ).toBe('held');
  await client.close();
  await until(async () => (await money())[1] === 0);
  expect(await money()).toEqual([10, 0]);
});

test('it ends, with the reason, once the budget has no more', async () => {
  const { open, money } = await opened({ budgets: [{ limit_usd: 14, window: 'total' }] });
  const client = await open();
  client.socket.send('go on');
  await client.message(3);
  client.socket.send('go on');
  const { code } = await eventually(() => client.ended(), 'the close');
  expect(code).toBe(1008);
  const said = client.heard.map(String).find((text) => text.includes('budget_exceeded'));
  expect(JSON.parse(said ?? '{}')).toMatchObject({ type: 'error', error: { code: 'budget_exceeded' } });
  await until(async () => (await money())[1] === 0);
  expect((await money())[0]).toBe(14);
  await expect(open()).rejects.toThrow();
});

test('as many at once as there may be', async () => {
  const { open } = await opened({ limits: { parallel: 2 }, budgets: [{ limit_usd: 100, window: 'total' }] });
  const [first] = [await open(), await open()];
  await expect(open()).rejects.toThrow();
  await first.close();
  let again: SocketClient | undefined;
  await until(async () => {
    again = await open().catch(() => undefined);
    return again !== undefined;
  });
  await again?.close();
});
