/** Reserves and waits to be killed: `holder.ts <redis url> <namespace> <lease in ms> <claim as JSON>…` */
import { Secret } from '../../../src/core/secret.ts';
import { RedisCounters } from '../../../src/storage/redis/redis-counters.ts';

const [url = '', namespace = '', leaseMs = '', ...claims] = process.argv.slice(2);
const load = async () => [];
const counters = await RedisCounters.open({
  url: new Secret(url),
  namespace,
  load,
  leaseMs: Number(leaseMs),
});
for (const claim of claims) await counters.reserve(JSON.parse(claim));
await Bun.write(Bun.stdout, 'held\n');
await Bun.sleep(60_000);
