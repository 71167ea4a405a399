/**
 * What governance costs a call, step by step: the ledger, a virtual key, limits at two levels, a budget. Each step has a
 * gateway of its own, all are measured in the same rounds.
 */
import { writeFileSync } from 'node:fs';
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { compile } from '../compile.ts';
import { fixedReply } from '../nginx.ts';
import { chatBody, headersFor, rootKey } from '../payloads.ts';
import { cpuMicros } from '../proc.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import { openStreams, reached } from '../stream-client.ts';
import { gatewayStart, type Subject, startSubject } from '../subject.ts';
import { load } from '../wrk.ts';

const limits = { rpm: 100_000_000, tpm: 1_000_000_000, parallel: 100_000 };
const budgets = [{ limit_usd: 100_000, window: 'month' }];
const streams = 800;
const chunks = 10;
const intervalMs = 10;
const leastRounds = 15;

export interface Step {
  readonly name: string;
  /** Fields of the key's team and of the key; absent where the root key calls. */
  readonly team?: object;
  readonly key?: object;
  /** Whether anything can be kept. */
  readonly keeps: boolean;
}

export const steps: readonly Step[] = [
  { name: 'nothing kept', keeps: false },
  { name: 'ledger', keeps: true },
  { name: 'virtual key', keeps: true, team: {}, key: {} },
  { name: 'limits', keeps: true, team: { limits }, key: { limits } },
  { name: 'budget', keeps: true, team: { limits }, key: { limits, budgets } },
];

/** Throws when administration refuses. */
async function make(port: number, kind: string, fields: object): Promise<{ id: string; key?: string }> {
  const reply = await fetch(`http://127.0.0.1:${port}/admin/${kind}`, {
    method: 'POST',
    headers: headersFor(),
    body: JSON.stringify({ name: 'bench', ...fields }),
  });
  if (reply.status !== 201) throw new Error(`${kind}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as { id: string; key?: string };
}

/** `more`: of the environment. */
export async function startStep(
  bench: Bench,
  step: Step,
  upstreamPort: number,
  body: string,
  more: Record<string, string> = {},
): Promise<Subject> {
  const { processes, options } = bench;
  const start = gatewayStart(processes, options, upstreamPort, step.keeps);
  const config = `${processes.dir}/governed.json`;
  // Else nothing would have a price, and nothing be charged.
  const price = { inputPerMTok: 0.15, outputPerMTok: 0.6 };
  writeFileSync(config, JSON.stringify({ prices: { models: { 'local/*': price } } }));
  const gateway = await startSubject(processes, {
    ...start,
    name: step.name,
    env: (port) => ({
      ...start.env?.(port),
      ROOT_KEY: rootKey,
      OPENGATEWAY_CONFIG: config,
      ...more,
    }),
    body,
  });
  if (step.key === undefined) return gateway;
  const team = await make(gateway.port, 'teams', step.team ?? {});
  const { key } = await make(gateway.port, 'keys', { ...step.key, team_id: team.id });
  return { ...gateway, headers: headersFor({ authorization: `Bearer ${key}` }) };
}

export async function measureGoverned(bench: Bench): Promise<Row[]> {
  const what = 'CPU a request, unary, all of it on, against the bare proxy';
  const bound = { kind: 'most', value: 1.5 } as const;
  const reason = missing('nginx', 'wrk');
  if (reason !== null) return [{ what, unit: 'x', bound, skipped: reason }];
  return [...(await unaryRows(bench, what, bound)), await streamRow(bench)];
}

async function unaryRows(bench: Bench, what: string, bound: Row['bound'] & object): Promise<Row[]> {
  const { processes, options } = bench;
  const { dir } = processes;
  const bareProgram = await compile(dir, 'unary-proxy.ts');
  const upstreamPort = await freePort();
  processes.start(fixedReply(dir, upstreamPort));
  const bare = await startSubject(processes, {
    name: 'bare proxy',
    command: (port) => [bareProgram, String(port), `http://127.0.0.1:${upstreamPort}/v1/chat/completions`],
  });
  const gateways: Subject[] = [];
  for (const step of steps)
    gateways.push(await startStep(bench, step, upstreamPort, chatBody('local/bench')));
  const seconds = options.quick ? 1 : 3;
  // Its bound leaves less room than five rounds of a shared machine tell apart. What is bounded stands next to what bounds it.
  const rounds = options.quick ? options.rounds : Math.max(leastRounds, options.rounds);
  const figures = await interleave(
    { ...bench, options: { ...options, rounds } },
    [...gateways, bare],
    async (one) => {
      const before = cpuMicros(one.process.pid);
      const { requests } = await load(one, seconds, dir);
      await Bun.sleep(100);
      return (cpuMicros(one.process.pid) - before) / requests;
    },
  );
  const of = (one: Subject | undefined) => (one && figures.get(one)) ?? [];
  await processes.stopAll();
  return gateways.map((gateway, at): Row => {
    const isAll = at === gateways.length - 1;
    const before = gateways[at - 1];
    const added = before && median(of(gateway).map((value, round) => value - (of(before)[round] ?? 0)));
    return {
      what: isAll ? what : `the same, up to: ${gateway.name}`,
      unit: 'x',
      ...(isAll && {
        bound,
        how: `as the unary row; steps one upon the other: ${steps.map(({ name }) => name).join(', ')}; limits (requests, tokens, calls at once) on key and team, the budget on the key, the ledger on SQLite`,
      }),
      measured: medianRatio(of(gateway), of(bare)),
      detail: `${median(of(gateway)).toFixed(1)} µs, bare proxy ${median(of(bare)).toFixed(1)} µs${added === undefined ? '' : `; this step ${added.toFixed(1)} µs`}`,
    };
  });
}

async function streamRow(bench: Bench): Promise<Row> {
  const { processes } = bench;
  const program = await compile(processes.dir, 'stream-upstream.ts');
  const upstreamPort = await freePort();
  processes.start([program, String(upstreamPort), String(intervalMs), String(chunks)]);
  const body = chatBody('local/bench', { stream: true });
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) throw new Error('there are steps');
  const plain = await startStep(bench, first, upstreamPort, body);
  const governed = await startStep(bench, last, upstreamPort, body);
  const figures = await interleave(bench, [plain, governed], async (one) => {
    const before = cpuMicros(one.process.pid);
    const rounds = bench.options.quick ? 2 : 5;
    for (let round = 0; round < rounds; round++) {
      const open = await openStreams(one, streams);
      const all = await reached(open.finished, streams, 10_000);
      open.close();
      if (!all) throw new Error(`${one.name}: not all streams came to their end`);
    }
    await Bun.sleep(100);
    return (cpuMicros(one.process.pid) - before) / (streams * rounds);
  });
  const of = (one: Subject) => figures.get(one) ?? [];
  return {
    what: 'CPU a stream, all of it on, above pass-through with nothing kept',
    unit: 'µs',
    bound: { kind: 'most', value: 60 },
    measured: median(of(governed).map((value, round) => value - (of(plain)[round] ?? 0))),
    detail: `${median(of(governed)).toFixed(0)} µs, nothing kept ${median(of(plain)).toFixed(0)} µs`,
    how: `user and system time of the process over the life of ${streams} streams of ${chunks} chunks at once, by streams; the differences of each round`,
  };
}
