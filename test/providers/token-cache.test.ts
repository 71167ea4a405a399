/** One token for all: fetched once, renewed in time, and no failure kept longer than it lasts. */
import { expect, test } from 'bun:test';
import { Secret } from '../../src/core/secret.ts';
import { createTokenSource } from '../../src/providers/token-cache.ts';

interface Bench {
  nowMs: number;
  asked: number;
  fails: boolean;
  delayMs: number;
}

function source(bench: Bench, lifeMs = 3_600_000, deadlineMs = 1000) {
  return createTokenSource({
    async fetch() {
      bench.asked++;
      const n = bench.asked;
      await Bun.sleep(bench.delayMs);
      if (bench.fails) throw new Error('no');
      return { value: `token-${n}`, expiresAtMs: bench.nowMs + lifeMs };
    },
    secrets: [new Secret('standing')],
    deadlineMs,
    nowMs: () => bench.nowMs,
  });
}

const fresh = (): Bench => ({ nowMs: 0, asked: 0, fails: false, delayMs: 1 });

test('many at once ask once, and the token serves until it is old', async () => {
  const bench = fresh();
  const tokens = source(bench);
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => tokens.current())))).toEqual(
    new Set(['token-1']),
  );
  bench.nowMs = 3_000_000;
  expect(await tokens.current()).toBe('token-1');
  expect(bench.asked).toBe(1);
});

test('before it runs out it is renewed behind the back of a call, and after that in front', async () => {
  const bench = fresh();
  const tokens = source(bench);
  await tokens.current();
  bench.nowMs = 3_600_000 - 60_000;
  expect(await tokens.current()).toBe('token-1');
  await Bun.sleep(10);
  expect(await tokens.current()).toBe('token-2');
  expect(bench.asked).toBe(2);
  bench.nowMs += 3_600_000;
  expect(await tokens.current()).toBe('token-3');
  expect(tokens.secrets.map((secret) => secret.reveal())).toEqual(['standing', 'token-3', 'token-2']);
});

test('a failure reaches those who wait, and the next call asks again', async () => {
  const bench = { ...fresh(), fails: true };
  const tokens = source(bench);
  const results = await Promise.allSettled([tokens.current(), tokens.current()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(bench.asked).toBe(1);
  bench.fails = false;
  expect(await tokens.current()).toBe('token-2');
});

test('an issuer that fails while the old token serves is asked seldom', async () => {
  const bench = fresh();
  const tokens = source(bench);
  await tokens.current();
  bench.nowMs = 3_600_000 - 60_000;
  bench.fails = true;
  for (let call = 0; call < 5; call++) {
    expect(await tokens.current()).toBe('token-1');
    await Bun.sleep(3);
  }
  expect(bench.asked).toBe(2);
  bench.nowMs += 6000;
  await tokens.current();
  expect(bench.asked).toBe(3);
});

test('an issuer that does not answer is given up, and asked again', async () => {
  const bench = { ...fresh(), delayMs: 10_000 };
  const tokens = source(bench, 3_600_000, 30);
  const startedAtMs = performance.now();
  await expect(tokens.current()).rejects.toThrow('in time');
  expect(performance.now() - startedAtMs).toBeLessThan(1000);
  bench.delayMs = 1;
  expect(await tokens.current()).toBe('token-2');
});

test('a token that lives shorter than the margin still serves the call it was fetched for', async () => {
  const bench = fresh();
  const tokens = source(bench, 5000);
  expect(await tokens.current()).toBe('token-1');
  expect(await tokens.current()).toBe('token-2');
});
