/**
 * A gateway killed under load at random moments, again and again: what a client was answered is in the books, once, and the
 * books agree with themselves. `OPENGATEWAY_KILLS` says how often.
 */
import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBooks } from '../../storage/ledger/books.ts';
import { executable, startGateway } from '../../support/gateway.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce, costNanoUsd, prices, startPricedUpstream } from './priced-upstream.ts';

const kills = Number(process.env.OPENGATEWAY_KILLS ?? 10);
const clients = 12;
const longestMs = 400;
/** Short enough for hundreds within minutes, long enough that what is added up once a second is met as well. */
const longEvery = 8;
const longMs = 1500;

const present = existsSync(executable);

test.skipIf(!present)(
  `kill -9 under load, ${kills} times: nothing acknowledged is lost, nothing counts twice${present ? '' : ' (skipped: not built)'}`,
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'opengateway-kill-'));
    const upstream = startPricedUpstream();
    const acknowledged = new Set<string>();
    const start = () =>
      startGateway({ env: { ...upstream.env, OPENGATEWAY_DATA_DIR: data }, config: { prices } });
    try {
      let key = '';
      for (let round = 0; round < kills; round++) {
        const gateway = await start();
        if (key === '') {
          const budgets = ['total', 'day', 'hour'].map((window) => ({
            limit_usd: 1000,
            window,
            rolling: window === 'hour',
          }));
          const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', {
            name: 'k',
            budgets,
            tags: ['a', 'b'],
          });
          key = String(json.key);
        }
        let isKilled = false;
        const calling = Array.from({ length: clients }, async (_, at) => {
          for (let call = 0; !isKilled; call++) {
            const id = await callOnce(gateway.url, key, (call + at) % 2 === 0, `customer ${at}`);
            if (id !== undefined) acknowledged.add(id);
          }
        });
        await Bun.sleep((round + 1) % longEvery === 0 ? longMs : 5 + Math.random() * longestMs);
        process.kill(gateway.pid, 'SIGKILL');
        isKilled = true;
        await Promise.all(calling);
        await gateway.stop();
      }
      const gateway = await start();
      await gateway.stop();
      const books = readBooks(data);
      const kept = new Set(books.ids);
      process.stdout.write(
        `${kills} kills, ${upstream.reached()} calls upstream, ${acknowledged.size} acknowledged, ${books.ids.length} entries\n`,
      );
      expect(acknowledged.size).toBeGreaterThan(kills);
      expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([]);
      expect(kept.size).toBe(books.ids.length);
      expect(books.ids.length).toBeLessThanOrEqual(upstream.reached());
      expect(books.usage).toEqual(books.entries);
      expect(books.teamUsage).toEqual(books.entries);
      expect(books.entries.cost).toBe(books.entries.requests * costNanoUsd);
      expect(books.tagged.usage).toBe(books.tagged.entries);
      expect(books.spent).toEqual(books.charged);
      expect(Object.keys(books.charged).length).toBeGreaterThanOrEqual(3);
      expect(new Set(books.integrity)).toEqual(new Set(['ok']));
    } finally {
      upstream.stop();
      rmSync(data, { recursive: true, force: true });
    }
  },
  60_000 + kills * 5000,
);
