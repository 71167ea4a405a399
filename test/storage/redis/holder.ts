/** Reserves, or settles too and keeps nothing, and waits to be killed: `holder.ts <redis url> <namespace> <lease in ms> [--settle] <claim as JSON>…` */
import { Secret } from '../../../src/core/secret.ts';
import type { Claim } from '../../../src/ledger/counters.ts';
import { RedisCounters } from '../../../src/storage/redis/redis-counters.ts';

const [url = '', namespace = '', leaseMs = '', ...rest] = process.argv.slice(2);
const settles = rest[0] === '--settle';
const claims: readonly Claim[] = rest.slice(settles ? 1 : 0).map((text) => JSON.parse(text));
const load = async () => [];
const counters = await RedisCounters.open({
  url: new Secret(url),
  namespace,
  load,
  leaseMs: Number(leaseMs),
});
for (const claim of claims) {
  const grant = await counters.reserve(claim);
  if (settles) await counters.settle(grant, claim);
}
await Bun.write(Bun.stdout, 'held\n');
await Bun.sleep(60_000);
