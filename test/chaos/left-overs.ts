/** What a call may leave behind in a gateway: a gauge that stays up, or a count that never comes down. */
import { type RunningGateway, rootKey } from '../support/gateway.ts';

const hangGuardMs = 15_000;

/** Waits until the count is at most `most`; throws when it stays above. */
export async function settles(
  read: () => Promise<number> | number,
  most: number,
  what: string,
): Promise<void> {
  const giveUpAtMs = Date.now() + hangGuardMs;
  for (;;) {
    const value = await read();
    if (value <= most) return;
    if (Date.now() > giveUpAtMs) throw new Error(`${what} stays at ${value}, above ${most}`);
    await Bun.sleep(25);
  }
}

export async function callsInFlight(gateway: RunningGateway): Promise<number> {
  const reply = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${rootKey}` } });
  const samples = (await reply.text()).matchAll(/^opengateway_requests_in_flight(?:\{.*\})? (\S+)$/gm);
  const values = [...samples].map(([, value]) => Number(value));
  if (values.length === 0) throw new Error('/metrics has no opengateway_requests_in_flight');
  return values.reduce((sum, value) => sum + value, 0);
}
