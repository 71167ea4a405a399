/** Several gateways on one Redis: caps hold among them, whatever becomes of Redis or of one of them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Budget } from '../../../src/ledger/caps.ts';
import type { Claim, Grant } from '../../../src/ledger/counters.ts';
import { Random } from '../../ledger/counters/random.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { budgeted, claim, dime, fiveDollars, Gateways, granted, limited, until } from './counting.ts';

const reason = whyNoRedisServer();
const title = reason === undefined ? 'gateways on one Redis' : `gateways on one Redis (skipped: ${reason})`;

async function codeOf(asked: () => Grant | Promise<Grant>): Promise<string> {
  try {
    await asked();
    return 'granted';
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
}

describe.skipIf(reason !== undefined)(title, () => {
  const started: RedisServer[] = [];
  const opened: Gateways[] = [];
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    started.push(redis);
  });
  afterEach(async () => {
    for (const gateways of opened.splice(0)) await gateways.close();
  });
  afterAll(async () => {
    for (const server of started) await server.stop();
  });

  async function gatewaysOf(count: number, options: ConstructorParameters<typeof Gateways>[1] = {}) {
    const gateways = new Gateways(redis.url, options);
    opened.push(gateways);
    await gateways.add(count);
    return gateways;
  }

  /** What Redis says is what the ledger has, and nothing is held. */
  async function settled(gateways: Gateways, index = 0): Promise<void> {
    await until('what is counted is what the ledger has', async () => {
      const [standing] = await gateways.at(index).standing([fiveDollars], Date.now());
      return standing?.reservedNanoUsd === 0 && standing.spentNanoUsd === gateways.spent();
    });
  }

  test('100 calls at once of $0.10 against $5: exactly 50 pass, asked of four', async () => {
    const gateways = await gatewaysOf(4);
    const asked = Array.from({ length: 100 }, (_, nth) => gateways.at(nth).reserve(claim([budgeted])));
    const grants = await granted(asked);
    expect(grants).toHaveLength(50);
    expect(gateways.loads).toBeLessThanOrEqual(4);
    const ids = new Set(grants.map(({ id }) => id));
    for (const nth of asked.keys()) {
      const grant = await Promise.resolve(asked[nth]).catch(() => undefined);
      if (grant !== undefined && ids.has(grant.id)) await gateways.end(nth, grant);
    }
    await settled(gateways);
    expect(gateways.spent()).toBe(fiveDollars.limitNanoUsd);
  });

  test('requests a minute, tokens a minute and calls at once are one count for all', async () => {
    for (const [caps, most] of [
      [limited(7, null, null), 7],
      [limited(null, 95, null), 9],
      [limited(null, null, 5), 5],
    ] as const) {
      const gateways = await gatewaysOf(3);
      const grants = await granted(
        Array.from({ length: 60 }, (_, nth) => gateways.at(nth).reserve(claim([caps]))),
      );
      expect(grants).toHaveLength(most);
    }
  });

  test('what a killed process held falls with its lease', async () => {
    const gateways = await gatewaysOf(1);
    const caps = [budgeted, limited(null, null, 3)];
    const claims = [1, 2, 3].map(() => JSON.stringify(claim(caps)));
    const program = join(import.meta.dir, 'holder.ts');
    const told = [redis.url, gateways.namespace, '1500', ...claims];
    const holder = Bun.spawn([process.execPath, program, ...told], { stdout: 'pipe', stderr: 'inherit' });
    const { value } = await holder.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('held\n');
    expect(await codeOf(() => gateways.at(0).reserve(claim(caps)))).toBe('rate_limit_exceeded');
    holder.kill('SIGKILL');
    await holder.exited;
    await settled(gateways);
    expect(await codeOf(() => gateways.at(0).reserve(claim(caps)))).toBe('granted');
  });

  test('what a killed process had counted, and no ledger has, counts until its lease is over', async () => {
    const gateways = await gatewaysOf(2);
    await gateways.end(0, await gateways.at(0).reserve(claim([budgeted])));
    const program = join(import.meta.dir, 'holder.ts');
    const claims = [1, 2].map(() => JSON.stringify(claim([budgeted])));
    const told = [redis.url, gateways.namespace, '1500', '--settle', ...claims];
    const holder = Bun.spawn([process.execPath, program, ...told], { stdout: 'pipe', stderr: 'inherit' });
    const { value } = await holder.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('held\n');
    const spent = async () => (await gateways.at(0).standing([fiveDollars], Date.now()))[0]?.spentNanoUsd;
    expect(await spent()).toBe(3 * dime);
    holder.kill('SIGKILL');
    await holder.exited;
    await settled(gateways);
    expect(await spent()).toBe(dime);
  });

  test('what a killed process had kept, and told nobody of, counts once its lease is over', async () => {
    const gateways = await gatewaysOf(2);
    const program = join(import.meta.dir, 'holder.ts');
    const told = [redis.url, gateways.namespace, '1500', JSON.stringify(claim([budgeted]))];
    const holder = Bun.spawn([process.execPath, program, ...told], { stdout: 'pipe', stderr: 'inherit' });
    await holder.stdout.getReader().read();
    await gateways.end(0, await gateways.at(0).reserve(claim([budgeted])));
    holder.kill('SIGKILL');
    await holder.exited;
    // Whoever has its journal now moves it, and knows nothing of Redis.
    gateways.moveUnseen(4 * dime);
    await settled(gateways);
    expect(gateways.spent()).toBe(5 * dime);
  });

  test('when a process died while the database is away, known budgets go on as they are', async () => {
    const gateways = await gatewaysOf(2);
    await gateways.end(0, await gateways.at(0).reserve(claim([budgeted])));
    await settled(gateways);
    const program = join(import.meta.dir, 'holder.ts');
    const told = [redis.url, gateways.namespace, '600', JSON.stringify(claim([budgeted]))];
    const holder = Bun.spawn([process.execPath, program, ...told], { stdout: 'pipe', stderr: 'inherit' });
    await holder.stdout.getReader().read();
    holder.kill('SIGKILL');
    await holder.exited;
    gateways.isMoving = false;
    await until('it is reaped', async () => {
      const [standing] = await gateways.at(1).standing([fiveDollars], Date.now());
      return standing?.reservedNanoUsd === 0;
    });
    const loads = gateways.loads;
    const grant = await gateways.at(1).reserve(claim([budgeted]));
    expect(gateways.loads).toBe(loads + 1);
    await gateways.end(1, grant);
    const another: Budget = { ...fiveDollars, id: 'budget_2' };
    expect(await codeOf(() => gateways.at(1).reserve(claim([{ ...budgeted, budgets: [another] }])))).toBe(
      'storage_unavailable',
    );
    gateways.isMoving = true;
    await gateways.move(1);
    await settled(gateways, 1);
    expect(gateways.spent()).toBe(2 * dime);
  });

  test('what waits in journals is counted after Redis has lost it, and holds the budget', async () => {
    const gateways = await gatewaysOf(3);
    const spend = async (nth: number) => {
      const grant = await gateways.at(nth).reserve(claim([budgeted]));
      await gateways.end(nth, grant);
      return grant;
    };
    await spend(0);
    gateways.isMoving = false;
    for (let nth = 0; nth < 30; nth++) await spend(nth);
    redis.tell('FLUSHALL');
    expect(await codeOf(() => gateways.at(0).reserve(claim([budgeted])))).toBe('storage_unavailable');
    gateways.isMoving = true;
    // One of three moves what it has, the others do not yet.
    await gateways.move(1);
    const codes = new Set<string>();
    await until('the budget is used up', async () => {
      codes.add(await codeOf(() => spend(gateways.loads)));
      return gateways.spent() >= 50 * dime;
    });
    for (let nth = 0; nth < 9; nth++) codes.add(await codeOf(() => spend(nth)));
    expect(gateways.spent()).toBe(50 * dime);
    expect(codes).toContain('budget_exceeded');
    for (const nth of [0, 1, 2]) await gateways.move(nth);
    await settled(gateways);
  });

  test('a process that was only asleep takes back what it holds, and its costs count once', async () => {
    const gateways = await gatewaysOf(2, { leaseMs: 600 });
    const first = await gateways.at(0).reserve(claim([budgeted]));
    const second = await gateways.at(0).reserve(claim([budgeted]));
    const keys = redis.tell('KEYS', `{${gateways.namespace}}*:leases`);
    const member = redis.tell('ZRANGE', keys, '0', '0');
    // Both leases end, as if neither had been renewed for long.
    redis.tell('ZADD', keys, '1', member);
    await until('the reservations are let go or taken back', async () => (await gateways.at(1).held()) >= 0);
    await gateways.end(0, first);
    await until('it has renewed', async () => (await gateways.at(0).held()) === 1);
    await gateways.end(0, second);
    await settled(gateways, 1);
    expect(gateways.spent()).toBe(2 * dime);
  });

  describe('while Redis is frozen', () => {
    test('calls with caps are refused soon, none hangs, and all is well once it goes on', async () => {
      const gateways = await gatewaysOf(2);
      const open = await gateways.at(0).reserve(claim([budgeted]));
      redis.freeze();
      try {
        const asked = Array.from({ length: 500 }, (_, nth) =>
          codeOf(() => gateways.at(nth).reserve(claim([budgeted, limited(1000, null, null)]))),
        );
        expect(new Set(await Promise.all(asked))).toEqual(new Set(['storage_unavailable']));
        // What was sent may have been done. From now on nothing is sent, and nothing has to be remembered of what is refused.
        const waiting = gateways.at(0).undelivered;
        expect(waiting).toBeLessThanOrEqual(250);
        for (let nth = 0; nth < 500; nth++)
          expect(await codeOf(() => gateways.at(nth).reserve(claim([budgeted])))).toBe('storage_unavailable');
        expect(gateways.at(0).undelivered).toBe(waiting);
        await gateways.end(0, open);
        expect(gateways.at(0).undelivered).toBe(waiting + 1);
      } finally {
        redis.thaw();
      }
      await settled(gateways, 1);
      await until('nothing waits', async () => gateways.at(0).undelivered + gateways.at(1).undelivered === 0);
      await until(
        'nothing is held',
        async () => (await gateways.at(0).held()) + (await gateways.at(1).held()) === 0,
      );
      expect(await codeOf(() => gateways.at(1).reserve(claim([budgeted])))).toBe('granted');
    }, 40_000);

    test('they pass where that is the policy', async () => {
      const gateways = await gatewaysOf(1, { whenUncounted: { budgets: 'allow', limits: 'allow' } });
      const strict = await gatewaysOf(1, { whenUncounted: { limits: 'allow' } });
      redis.freeze();
      try {
        const grant = await gateways.at(0).reserve(claim([budgeted, limited(1, null, null)]));
        expect(grant.charges).toEqual([{ budgetId: 'budget_1', bucketStartMs: 0 }]);
        await gateways.at(0).settle(grant, { nowMs: Date.now(), tokens: 1, costNanoUsd: 1 });
        // The call itself took nothing; the reservation that got no answer is taken back.
        expect(gateways.at(0).undelivered).toBe(1);
        expect(await codeOf(() => strict.at(0).reserve(claim([limited(1, null, null)])))).toBe('granted');
        expect(await codeOf(() => strict.at(0).reserve(claim([budgeted])))).toBe('storage_unavailable');
      } finally {
        redis.thaw();
      }
    }, 40_000);
  });

  describe.each(['killed', 'flushed'])('after Redis was %s', (how) => {
    async function lose(): Promise<void> {
      if (how === 'flushed') redis.tell('FLUSHALL');
      else {
        await redis.kill();
        await redis.resume();
      }
    }

    test('what is open still counts, and what was spent comes from the ledger', async () => {
      const gateways = await gatewaysOf(3);
      const caps = [budgeted, limited(null, null, 20)];
      for (let nth = 0; nth < 30; nth++) {
        const grant = await gateways.at(nth).reserve(claim(caps));
        await gateways.end(nth, grant);
      }
      const open: Grant[] = [];
      for (let nth = 0; nth < 15; nth++) open.push(await gateways.at(nth).reserve(claim(caps)));
      await lose();
      // Each finds out by itself; a call that is refused meanwhile has taken nothing.
      const patient = async (index: number, asked: Claim): Promise<string> => {
        let code = 'storage_unavailable';
        await until('Redis answers', async () => {
          code = await codeOf(() => gateways.at(index).reserve(asked));
          return code !== 'storage_unavailable';
        });
        return code;
      };
      await Promise.all(
        [0, 1, 2].map((index) => until('it is back', async () => (await gateways.at(index).held()) === 5)),
      );
      const codes: string[] = [];
      for (let nth = 0; nth < 7; nth++) codes.push(await patient(nth, claim(caps)));
      expect(codes.filter((code) => code === 'granted')).toHaveLength(5);
      expect(codes.slice(5)).toEqual(['budget_exceeded', 'budget_exceeded']);
      for (const [nth, grant] of open.entries()) await gateways.end(nth, grant, dime / 2);
      const [standing] = await gateways.at(0).standing([fiveDollars], Date.now());
      expect(standing).toMatchObject({ spentNanoUsd: gateways.spent(), reservedNanoUsd: 5 * dime });
    }, 60_000);
  });

  test('a Redis that comes back with what it once saved is not believed', async () => {
    const gateways = await gatewaysOf(1);
    const spend = async (count: number) => {
      for (let nth = 0; nth < count; nth++)
        await gateways.end(0, await gateways.at(0).reserve(claim([budgeted])));
    };
    await spend(10);
    const forgotten = await gateways.at(0).reserve(claim([budgeted]));
    redis.tell('SAVE');
    await gateways.end(0, forgotten);
    await spend(10);
    await redis.kill();
    await redis.resume();
    expect(Number(redis.tell('DBSIZE'))).toBeGreaterThan(0);
    await settled(gateways);
    expect(gateways.spent()).toBe(21 * dime);
  }, 40_000);

  test('an answer of the ledger that comes late takes back nothing that was counted meanwhile', async () => {
    const slow = Promise.withResolvers<void>();
    const gateways = await gatewaysOf(1, {
      load: async () => {
        await slow.promise;
        return [{ bucketStartMs: 0, spentNanoUsd: 0 }];
      },
    });
    const waiting = gateways.at(0).reserve(claim([budgeted]));
    const others = new Gateways(redis.url, { namespace: gateways.namespace });
    opened.push(others);
    await others.add(1);
    const grant = await others.at(0).reserve(claim([budgeted]));
    await others.end(0, grant);
    slow.resolve();
    await waiting;
    const [standing] = await others.at(0).standing([fiveDollars], Date.now());
    expect(standing).toMatchObject({ spentNanoUsd: dime, reservedNanoUsd: dime });
  });

  test('who runs it is told once that Redis is away, and that it is back', async () => {
    const told: string[] = [];
    const gateways = await gatewaysOf(1, {
      onAway: (reason) => told.push(`away: ${reason}`),
      onBack: () => told.push('back'),
    });
    redis.freeze();
    const code = await codeOf(() => gateways.at(0).reserve(claim([budgeted])));
    redis.thaw();
    expect(code).toBe('storage_unavailable');
    await until('it is back', async () => (await gateways.at(0).held()) === 0);
    expect(told).toEqual(['away: it does not answer', 'back']);
    await redis.kill();
    const absent = await gatewaysOf(1, { onAway: (reason) => told.push(`absent: ${reason}`) });
    expect(await codeOf(() => absent.at(0).reserve(claim([budgeted])))).toBe('storage_unavailable');
    await redis.resume();
    await until('it is there', async () => (await absent.at(0).held()) === 0);
    expect(told.filter((line) => line.startsWith('absent'))).toEqual([
      `absent: connect ECONNREFUSED 127.0.0.1:${redis.port}`,
    ]);
  }, 40_000);

  test('scripts that were flushed are brought back', async () => {
    const gateways = await gatewaysOf(1);
    redis.tell('SCRIPT', 'FLUSH');
    expect(await codeOf(() => gateways.at(0).reserve(claim([budgeted])))).toBe('granted');
  });

  test('a ledger that cannot tell refuses budgets, and rates of the same call hold all the same', async () => {
    const load = async () => {
      throw new Error('no disk');
    };
    const strict = await gatewaysOf(1, { load });
    expect(await codeOf(() => strict.at(0).reserve(claim([budgeted])))).toBe('storage_unavailable');
    expect(await strict.at(0).held()).toBe(0);
    const caps = [budgeted, limited(1, null, null)];
    for (const limits of ['refuse', 'allow'] as const) {
      const lenient = await gatewaysOf(1, { load, whenUncounted: { budgets: 'allow', limits } });
      expect(await codeOf(() => lenient.at(0).reserve(claim(caps)))).toBe('granted');
      expect(await codeOf(() => lenient.at(0).reserve(claim(caps)))).toBe('rate_limit_exceeded');
    }
  });

  test('calls at random, and Redis frozen, killed and flushed at random: never more than the limit', async () => {
    const seed = Number(process.env.COUNTERS_SEED ?? 20_261_122);
    const random = new Random(seed);
    const gateways = await gatewaysOf(3);
    const endAtMs = Date.now() + 9000;
    let reserved = 0;
    let most = 0;
    let calls = 0;
    const caller = async (index: number): Promise<void> => {
      while (Date.now() < endAtMs) {
        const asked = claim([budgeted], { costNanoUsd: dime / 10 });
        const costNanoUsd = random.between(0, dime / 50);
        let grant: Grant;
        try {
          grant = await gateways.at(index).reserve(asked);
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown;
          await Bun.sleep(random.between(1, 20));
          continue;
        }
        calls++;
        reserved += asked.costNanoUsd;
        most = Math.max(most, gateways.spent() + reserved);
        await Bun.sleep(random.between(0, 60));
        reserved -= asked.costNanoUsd;
        await gateways.end(index, grant, costNanoUsd);
      }
    };
    const callers = Array.from({ length: 60 }, (_, nth) => caller(nth));
    while (Date.now() < endAtMs - 3000) {
      await Bun.sleep(random.between(300, 1200));
      const fault = random.pick(['freeze', 'kill', 'flush', 'doze', 'no database'] as const);
      if (fault === 'no database') {
        gateways.isMoving = false;
        await Bun.sleep(random.between(100, 700));
        if (random.chance(0.5)) redis.tell('FLUSHALL');
        gateways.isMoving = true;
        for (const nth of [0, 1, 2]) void gateways.move(nth);
        continue;
      }
      if (fault === 'flush') redis.tell('FLUSHALL');
      else if (fault === 'kill') {
        await redis.kill();
        await Bun.sleep(random.between(0, 200));
        await redis.resume();
      } else {
        redis.freeze();
        await Bun.sleep(fault === 'doze' ? random.between(10, 190) : random.between(300, 900));
        redis.thaw();
      }
    }
    await Promise.all(callers);
    expect({ seed, isWithin: most <= fiveDollars.limitNanoUsd, reserved }).toEqual({
      seed,
      isWithin: true,
      reserved: 0,
    });
    expect(calls).toBeGreaterThan(100);
    await settled(gateways);
    await until('nothing is held or waits', async () => {
      const held = await Promise.all(gateways.counters.map((counters) => counters.held()));
      return [...held, ...gateways.counters.map((counters) => counters.undelivered)].every(
        (count) => count === 0,
      );
    });
  }, 90_000);
});
