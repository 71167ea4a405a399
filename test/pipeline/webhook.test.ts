/** Warnings of budgets: told once, in the log, in the metrics and to an address, which may fail without harm. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { Webhook } from '../../src/pipeline/webhook.ts';
import { Log } from '../../src/telemetry/log.ts';
import { type FetchLike, fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { budgetId, budgetOf, cappedStage, keyCaps } from './capped.ts';
import { chat, reply } from './in-process.ts';

const path = '/v1/chat/completions';
let lines: string[];
let log: Log;
beforeEach(() => {
  lines = [];
  log = new Log(
    'debug',
    (text) => text,
    (written) => {
      lines.push(written);
      return undefined;
    },
  );
});

function hook(transport: FetchLike, pausesMs: readonly number[] = [10, 10]): Webhook {
  return new Webhook({
    url: 'http://hook.invalid/budgets',
    wheel: new TimerWheel(),
    log,
    transport: fetchTransport(transport),
    pausesMs,
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 500) throw new Error('it did not happen');
    await Bun.sleep(5);
  }
}

test('a budget that passes its shares says so, once each', async () => {
  const posted: Record<string, unknown>[] = [];
  const webhook = hook(async (url, init) => {
    expect([url, init.method, init.redirect]).toEqual(['http://hook.invalid/budgets', 'POST', 'manual']);
    posted.push(JSON.parse(String(init.body)) as Record<string, unknown>);
    return new Response(null, { status: 204 });
  });
  const caps = [keyCaps({ budgets: [budgetOf(1, { warnAt: [0.5, 0.8] })] })];
  const stage = cappedStage(caps, { transport: async () => Response.json(reply), webhook });
  for (let call = 0; call < 10; call++) await stage.call(stage.request(path, chat));
  await until(() => posted.length === 2);
  expect(posted).toMatchObject([
    {
      event: 'budget.warning',
      budget_id: budgetId,
      scope: 'key',
      scope_id: 'key_of_the_tests',
      window: 'total',
      share: 0.5,
      used_usd: 0.5,
      limit_usd: 1,
    },
    { share: 0.8, used_usd: 0.8 },
  ]);
  expect(stage.metrics.budgetWarnings.get('key')).toBe(2);
  const warned = (await stage.logText()).split('\n').filter((line) => line.includes('"budget.warning"'));
  expect(warned.length).toBe(2);
});

describe('an address that', () => {
  const failures = () =>
    lines
      .join('')
      .split('\n')
      .filter((line) => line.includes('webhook.failed'));
  afterEach(() => {
    lines = [];
  });

  test('fails at first is tried again', async () => {
    let tries = 0;
    hook(async () => {
      if (++tries < 3) throw new TypeError('connection refused');
      return new Response('ok');
    }).send({});
    await until(() => tries === 3);
    await Bun.sleep(30);
    expect([tries, failures().length]).toEqual([3, 0]);
  });

  test.each<[string, FetchLike]>([
    ['refuses', async () => new Response('no', { status: 500 })],
    ['sends elsewhere', async () => Response.redirect('http://elsewhere.invalid/')],
    [
      'is not there',
      async () => {
        throw new TypeError('connection refused');
      },
    ],
  ])('%s is given up, and the log says so', async (_what, transport) => {
    let tries = 0;
    hook((url, init) => {
      tries++;
      return transport(url, init);
    }).send({});
    await until(() => failures().length > 0);
    expect([tries, failures().length]).toEqual([3, 1]);
  });

  test('never answers holds no call, and no more than a few messages', async () => {
    let open = 0;
    const webhook = hook((_url, { signal }) => {
      open++;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    });
    for (let message = 0; message < 100; message++) webhook.send({});
    await until(() => failures().length === 84);
    expect(open).toBe(16);
  });
});
