/** Several workers of the executable behind one port, and what the system says of their processes. */
import { readFileSync } from 'node:fs';
import { rootKey } from '../../support/gateway.ts';

/** The processes a process has started and that still live. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number).filter(lives);
  } catch {
    return [];
  }
}

/** A process nobody has asked after yet counts as gone. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const chat = { messages: [{ role: 'user', content: 'x' }] };

/** A call over a connection of its own: which worker gets it is the system's choice. */
export async function callOnce(url: string, model: string, key = rootKey): Promise<Response> {
  return await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, connection: 'close' },
    keepalive: false,
    body: JSON.stringify({ ...chat, model }),
  });
}

/** So many that of four workers none is likely to be left out: once in ten million. */
export const enough = 64;

/** How often each status came in calls over connections of their own. */
export async function statuses(
  url: string,
  model: string,
  key?: string,
  calls = enough,
): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  await Promise.all(
    Array.from({ length: calls }, async () => {
      const response = await callOnce(url, model, key);
      await response.text();
      counts[response.status] = (counts[response.status] ?? 0) + 1;
    }),
  );
  return counts;
}
