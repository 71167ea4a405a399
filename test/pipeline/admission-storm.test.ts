/** Hundreds of calls at once that end in every way there is: nothing stays held, and what was counted is what was recorded. */
import { expect, test } from 'bun:test';
import { MemoryCounters } from '../../src/ledger/counters/memory-counters.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { Generator } from '../core/generator.ts';
import { budgetOf, cappedStage, keyCaps, limitsOf, perToken } from './capped.ts';
import { chat, eventStream, modes, reply, requestFor, stageWith } from './in-process.ts';

const path = '/v1/chat/completions';
const chunk = (delta: object, finish: string | null, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
const text = chunk({ content: 'some words of the model' }, null);
const finish = chunk({}, 'stop', { usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } });

/** A stream that goes on until it is cut. */
function endless(): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await Bun.sleep(3);
      controller.enqueue(Buffer.from(text));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const hanging: FetchLike = (_url, { signal }) =>
  new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

const whole: readonly FetchLike[] = [
  async () => Response.json(reply),
  async () => Response.json({ ...reply, usage: undefined }),
  async () => Response.json({ error: { message: 'no' } }, { status: 400 }),
  async () => Response.json({ error: { message: 'no' } }),
  async () => new Response('<html>'),
  async () => {
    throw new TypeError('connection refused');
  },
  hanging,
];
const streamed: readonly FetchLike[] = [
  async () => eventStream(text, finish, 'data: [DONE]\n\n'),
  async () => eventStream(text, chunk({}, 'stop'), 'data: [DONE]\n\n'),
  async () => eventStream(text, text),
  async () => eventStream('data: {"error":{"message":"no"}}\n\n'),
  async () => eventStream(text, 'data: {"a\n\n'),
  async () => Response.json(reply),
  async () => endless(),
  hanging,
];

const seed = Number(process.env.OPENGATEWAY_TEST_SEED ?? Date.now() % 1_000_000);

test.each(modes)(
  '%s',
  async (mode) => {
    process.stdout.write(`seed ${seed}\n`);
    const chance = new Generator(seed);
    const pick = <T>(all: readonly T[]): T => all[chance.below(all.length)] as T;
    // Which end a call has stands in its body.
    const transport: FetchLike = async (url, init) => {
      const { user, stream } = JSON.parse(String(init.body)) as { user: string; stream?: boolean };
      await Bun.sleep(Number(user) % 7);
      const all = stream === true ? streamed : whole;
      return await (all[Number(user) % all.length] ?? hanging)(url, init);
    };
    const caps = [
      keyCaps({ limits: limitsOf({ rpm: 100_000, tpm: 10_000_000, parallel: 60 }), budgets: [budgetOf(60)] }),
    ];
    const stage = cappedStage(caps, { transport, mode, prices: perToken });
    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 400 }, async () => {
        const body = {
          ...chat,
          user: String(chance.below(1000)),
          stream: pick([true, false]),
          max_tokens: 500,
        };
        const [leavesAfterMs, readsFirst] = [pick([0, 3, 20, 200, 200]), pick([true, false])];
        await Bun.sleep(chance.below(150));
        const client = new AbortController();
        const leaving = setTimeout(() => client.abort(), leavesAfterMs);
        const response = await stage.respond(stage.request(path, body, { signal: client.signal }));
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        const reader = response.body?.getReader();
        try {
          while (reader !== undefined && (readsFirst || !client.signal.aborted))
            if ((await reader.read()).done) break;
        } catch {
          // A stream that is broken off.
        }
        clearTimeout(leaving);
        client.abort();
        await reader?.cancel().catch(() => {});
      }),
    );
    await Bun.sleep(20);
    expect(stage.counters.size.held).toBe(0);
    expect(stage.metrics.inFlight).toBe(0);
    const { spent, reserved } = await stage.money();
    expect(reserved).toBe(0);
    const records = (await stage.logText())
      .split('\n')
      .filter((line) => line.includes('"event":"call"'))
      .map((line) => JSON.parse(line) as { cost_usd?: number; status: number });
    expect(records.length).toBe(400);
    const recorded = records.reduce((sum, { cost_usd = 0 }) => sum + Math.round(cost_usd * 1e9), 0);
    expect(Math.round(spent * 1e9)).toBe(recorded);
    expect(recorded).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify([...statuses].sort())}, ${spent} dollars\n`);
  },
  30_000,
);

test('the root key is held by the configuration alone', async () => {
  const counters = new MemoryCounters({ load: async () => [] });
  const everything = {
    scope: { kind: 'gateway', id: '' },
    limits: limitsOf({ rpm: 2 }),
    budgets: [],
  } as const;
  const stage = stageWith({ counters, transport: async () => Response.json(reply), caps: { everything } });
  const statuses: number[] = [];
  for (let call = 0; call < 3; call++)
    statuses.push((await stage.call(requestFor(path, chat))).response.status);
  expect(statuses).toEqual([200, 200, 429]);
});
