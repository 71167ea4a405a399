/** What a call costs with several workers, the owner's share included: with the ledger alone, and with limits and a budget. */
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { fixedReply } from '../nginx.ts';
import { chatBody } from '../payloads.ts';
import { cpuMicros } from '../proc.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import type { Subject } from '../subject.ts';
import { load } from '../wrk.ts';
import { startStep, steps } from './governed.ts';

const workers = 4;

export async function measureWorkers(bench: Bench): Promise<Row[]> {
  const reason = missing('nginx', 'wrk');
  if (reason !== null) return [{ what: `CPU a request, ${workers} workers`, unit: 'x', skipped: reason }];
  const { processes, options } = bench;
  const upstreamPort = await freePort();
  processes.start(fixedReply(processes.dir, upstreamPort));
  const body = chatBody('local/bench');
  const measured = steps.filter(({ name }) => name === 'ledger' || name === 'budget');
  const pairs: [name: string, one: Subject, several: Subject][] = [];
  for (const step of measured) {
    const start = (count: number) => startStep(bench, step, upstreamPort, body, { WORKERS: String(count) });
    pairs.push([step.name, await start(1), await start(workers)]);
  }
  const seconds = options.quick ? 1 : 3;
  const all = pairs.flatMap(([, one, several]) => [one, several]);
  const figures = await interleave(bench, all, async (subject) => {
    const before = cpuMicros(subject.process.pid);
    const { requests } = await load(subject, seconds, processes.dir);
    await Bun.sleep(100);
    return (cpuMicros(subject.process.pid) - before) / requests;
  });
  const of = (subject: Subject) => figures.get(subject) ?? [];
  return pairs.map(([name, one, several]) => ({
    what: `CPU a request, ${workers} workers against one, up to: ${name}`,
    unit: 'x',
    measured: medianRatio(of(several), of(one)),
    detail: `${median(of(several)).toFixed(1)} µs, one worker ${median(of(one)).toFixed(1)} µs`,
    how: `user and system time of all processes of the gateway, as the unary row; steps as the governed rows`,
  }));
}
