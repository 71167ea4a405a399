/** Three gateways on one PostgreSQL and one Redis, each with a disk of its own, and what they say of a key. */
import { expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administrationOf } from '../../e2e/keys/stage.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { startHeldUpstream } from '../../support/held-upstream.ts';

const size = 3;

export interface FleetPlaces {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** What its tables say. */
type Ask = (text: string) => Promise<readonly Record<string, unknown>[]>;

export class Fleet {
  readonly upstream = startHeldUpstream();
  readonly #places: FleetPlaces;
  readonly #dirs = Array.from({ length: size }, () => mkdtempSync(join(tmpdir(), 'opengateway-machine-')));
  readonly #gateways = new Map<number, RunningGateway>();

  private constructor(places: FleetPlaces) {
    this.#places = places;
  }

  static async start(places: FleetPlaces): Promise<Fleet> {
    const fleet = new Fleet(places);
    await fleet.startAll();
    return fleet;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.#dirs.map((_, nth) => this.startOne(nth)));
  }

  /** With the disk it had before. */
  async startOne(nth: number): Promise<void> {
    if (this.#gateways.has(nth)) return;
    const gateway = await startGateway({
      env: {
        ...this.upstream.env,
        DATABASE_URL: this.#places.databaseUrl,
        REDIS_URL: this.#places.redisUrl,
        OPENGATEWAY_SECRET: 'a secret of the tests',
        OPENGATEWAY_DATA_DIR: this.#dirs[nth] ?? '',
      },
      config: this.upstream.config,
    });
    this.#gateways.set(nth, gateway);
  }

  /** As a machine that loses its power. */
  async kill(nth: number): Promise<void> {
    const gateway = this.#gateways.get(nth);
    if (gateway === undefined) return;
    this.#gateways.delete(nth);
    process.kill(gateway.pid, 'SIGKILL');
    await gateway.stop();
  }

  async stopAll(): Promise<void> {
    const all = [...this.#gateways.values()];
    this.#gateways.clear();
    await Promise.all(all.map((gateway) => gateway.stop()));
  }

  /** Of those that live. */
  readonly urls = (): readonly string[] => this.#dirs.flatMap((_, nth) => this.#gateways.get(nth)?.url ?? []);

  administration(nth: number) {
    return administrationOf(this.urls()[nth % this.urls().length] ?? '');
  }

  async keyWith(caps: object): Promise<{ id: string; key: string }> {
    const { json, status } = await this.administration(0)('POST', '/admin/keys', { name: 'k', ...caps });
    expect(status).toBe(201);
    return { id: String(json.id), key: String(json.key) };
  }

  /**
   * Within a minute each that lives says of the key that nothing is held, and that just what the ledger has was spent: so many
   * calls of a tenth of a dollar.
   */
  async exactCount(ask: Ask, keyId: string, atLeast: number): Promise<number> {
    const giveUpAtMs = Date.now() + 60_000;
    for (;;) {
      const [row] = await ask(`SELECT COUNT(*) AS calls FROM calls WHERE key_id = '${keyId}'`);
      const calls = Number(row?.calls);
      const told = await Promise.all(
        this.urls().map(
          async (url) => (await administrationOf(url)('GET', `/admin/keys/${keyId}`)).json.budgets,
        ),
      );
      const exact = [{ reserved_usd: 0, spent_usd: calls / 10 }];
      const isExact = calls >= atLeast && told.every((budgets) => Bun.deepMatch(exact, budgets));
      if (!isExact && Date.now() < giveUpAtMs) {
        await Bun.sleep(250);
        continue;
      }
      expect(calls).toBeGreaterThanOrEqual(atLeast);
      for (const budgets of told) expect(budgets).toMatchObject(exact);
      return calls;
    }
  }

  async remove(): Promise<void> {
    await this.stopAll();
    await this.upstream.stop();
    for (const dir of this.#dirs) rmSync(dir, { recursive: true, force: true });
  }
}
