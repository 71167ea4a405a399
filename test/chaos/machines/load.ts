/** Clients that call without a pause, and note which of their calls were answered whole. */
import { pricedModel } from '../../support/held-upstream.ts';

export interface Load {
  /** Request ids of calls that were answered whole, with 200. */
  readonly acknowledged: string[];
  /** How often each status came; 0 for calls nobody answered. */
  readonly statuses: Map<number, number>;
  /** Resolves once so many more are acknowledged; rejects after 20 s. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

const body = JSON.stringify({ model: pricedModel, messages: [{ role: 'user', content: 'x' }] });

/** `urls`: asked anew for every call, since gateways come and go. */
export function startLoad(urls: () => readonly string[], key: string, clients: number): Load {
  const acknowledged: string[] = [];
  const statuses = new Map<number, number>();
  let isOver = false;
  async function call(url: string): Promise<number> {
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body,
        signal: AbortSignal.timeout(15_000),
      });
      await response.json();
      if (response.status === 200) acknowledged.push(response.headers.get('x-request-id') ?? '');
      return response.status;
    } catch {
      return 0;
    }
  }
  async function client(nth: number): Promise<void> {
    for (let at = nth; !isOver; at++) {
      const all = urls();
      const url = all[at % Math.max(1, all.length)];
      const status = url === undefined ? 0 : await call(url);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 200) await Bun.sleep(5);
    }
  }
  const clientsDone = Promise.all(Array.from({ length: clients }, (_, nth) => client(nth)));
  return {
    acknowledged,
    statuses,
    async more(count) {
      const wanted = acknowledged.length + count;
      const giveUpAtMs = Date.now() + 20_000;
      while (acknowledged.length < wanted) {
        if (Date.now() > giveUpAtMs)
          throw new Error(`no more calls are answered: ${JSON.stringify([...statuses])}`);
        await Bun.sleep(2);
      }
    },
    async stop() {
      isOver = true;
      await clientsDone;
    },
  };
}
