/** Newer prices without a release or a restart: fetched, checked, kept, and used by a gateway that runs. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptCatalogue } from '../../src/ledger/kept-catalogue.ts';
import { cleanEnv, executable, type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';

/** What the source says next. */
let served: () => Response = () => new Response(null, { status: 500 });
const source = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => served() });
const upstream = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: () =>
    Response.json({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 },
    }),
});
let gateway: RunningGateway;
let text = '';
let asOf = '';

beforeAll(async () => {
  const builtIn = await new KeptCatalogue('/nowhere').load();
  asOf = builtIn.head.asOf;
  // As of the same day, GPT-4o a dollar dearer.
  text = builtIn.text.replace(/("model":"gpt-4o",.*?"input":)2500000000/, '$13500000000');
  expect(text).not.toBe(builtIn.text);
  gateway = await startGateway({
    env: {
      OPENAI_API_KEY: 'sk-x',
      OPENAI_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
    },
    config: { prices: { catalogue: `http://127.0.0.1:${source.port}/prices.jsonl` } },
  });
});
afterAll(async () => {
  await gateway.stop();
  await source.stop(true);
  await upstream.stop(true);
});

async function run(...args: readonly string[]) {
  const child = Bun.spawn([executable, 'prices', ...args], {
    cwd: gateway.dir,
    env: cleanEnv({ OPENAI_API_KEY: 'sk-x' }),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, err };
}

async function cost(): Promise<string | null> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
  });
  return response.headers.get('x-opengateway-cost-usd');
}

async function untilItCosts(usd: string): Promise<void> {
  const giveUpAtMs = Date.now() + 10_000;
  while ((await cost()) !== usd) {
    if (Date.now() > giveUpAtMs) throw new Error(`it never cost ${usd}`);
    await Bun.sleep(50);
  }
}

/** The catalogue with GPT-4o's input at so many nano-dollars a million. */
const priced = (input: number) => text.replace(/("model":"gpt-4o",.*?"input":)\d+/, `$1${input}`);

const kept = () => join(gateway.dir, 'data', 'prices.jsonl');

test('what a model costs is shown, by any of its names', async () => {
  for (const name of ['gpt-4o', 'openai/gpt-4o']) {
    const { code, out } = await run('show', name);
    expect([code, out.split('\n')[0]]).toEqual([0, `openai/gpt-4o, prices as of ${asOf}`]);
    expect(out).toMatch(/^input +2\.5 USD a million$/m);
  }
  expect((await run('show', 'nobody/x')).err).toContain("The model 'nobody/x' does not exist");
  expect((await run('show', 'openai/nobody-knows-this')).err).toContain('nobody knows what');
  expect((await run('show')).code).toBe(2);
});

test.each<[string, () => Response, RegExp]>([
  ['is not there', () => new Response(null, { status: 404 }), /the answer was 404/],
  ['is elsewhere', () => Response.redirect('http://127.0.0.1:1/', 302), /cannot be had/],
  ['is a page', () => new Response('<html>'), /line 1 is not JSON/],
  ['breaks off', () => new Response(text.slice(0, -100)), /is not JSON/],
  [
    'is a tenth of it',
    () => new Response(text.slice(0, text.indexOf('\n', text.length / 10) + 1)),
    /models would be gone/,
  ],
  ['has a price that cannot be', () => new Response(priced(0.5)), /gpt-4o: input 0.5 is no price/],
  [
    'has a price a hundredfold',
    () => new Response(priced(250_000_000_000)),
    /openai\/gpt-4o: input was 2500000000/,
  ],
])('a catalogue that %s is refused, and all stays as it was', async (_what, answer, why) => {
  served = answer;
  const { code, err } = await run('refresh');
  expect([code, err]).toEqual([1, expect.stringMatching(why) as unknown as string]);
  expect(existsSync(kept())).toBe(false);
  expect(await cost()).toBe('2.5');
});

test('a good one is used by the gateway that runs, and by the next', async () => {
  served = () => new Response(text);
  const { code, out, err } = await run('refresh');
  expect([code, err]).toEqual([0, '']);
  expect(out).toBe(`prices as of ${asOf}, before as of ${asOf}\n`);
  await untilItCosts('3.5');
  expect((await run('show', 'gpt-4o')).out).toMatch(/^input +3\.5 USD a million$/m);
  expect((await run('refresh')).out).toContain('already in use');
  expect(readdirSync(join(gateway.dir, 'data')).filter((name) => name.startsWith('prices'))).toEqual([
    'prices.jsonl',
  ]);
});

test('from a file; and one that is damaged where it is kept counts as none', async () => {
  writeFileSync(join(gateway.dir, 'own.jsonl'), priced(4_500_000_000));
  const child = Bun.spawn([executable, 'prices', 'refresh'], {
    cwd: gateway.dir,
    env: cleanEnv({ OPENGATEWAY_PRICES: 'own.jsonl' }),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  expect(await child.exited).toBe(0);
  expect(readFileSync(kept(), 'utf8')).toContain('"input":4500000000');
  await untilItCosts('4.5');
  writeFileSync(kept(), 'damaged');
  await untilItCosts('2.5');
});
