/** Lets an upstream wait until its client has the beginning of the reply, however loaded the machine is. */

const guardMs = 5_000;
const waiting = new Map<string, PromiseWithResolvers<void>>();

function meeting(id: string): PromiseWithResolvers<void> {
  const known = waiting.get(id) ?? Promise.withResolvers<void>();
  waiting.set(id, known);
  return known;
}

/** By the client: the reply has begun, or never will. */
export function clientHears(id: string): void {
  meeting(id).resolve();
}

/** By the upstream; a guard against a client that hears nothing. */
export async function clientHeard(id: string): Promise<void> {
  await Promise.race([meeting(id).promise, Bun.sleep(guardMs)]);
}
