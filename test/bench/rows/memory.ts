/** Resident memory of the gateway: at rest, and with four thousand streams open and flowing. */
import { freePort } from '../../support/gateway.ts';
import type { Bench } from '../bench.ts';
import { compile } from '../compile.ts';
import { chatBody } from '../payloads.ts';
import { residentMb } from '../proc.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';
import { openStreams, reached } from '../stream-client.ts';
import { gatewayStart, startSubject } from '../subject.ts';

const streams = 4_000;
const intervalMs = 1_000;

export async function measureMemory(bench: Bench): Promise<Row[]> {
  const { processes, options } = bench;
  const runs = options.quick ? 1 : Math.min(3, options.rounds);
  const flowMs = options.quick ? 3_000 : 8_000;
  const program = await compile(processes.dir, 'stream-upstream.ts');
  const upstreamPort = await freePort();
  processes.start([program, String(upstreamPort), String(intervalMs), '3600']);
  const rest: number[] = [];
  const open: number[] = [];
  for (let run = 1; run <= runs; run++) {
    bench.say(`run ${run} of ${runs}`);
    const start = gatewayStart(processes, options, upstreamPort, true);
    const gateway = await startSubject(processes, {
      ...start,
      body: chatBody('local/bench', { stream: true }),
    });
    await Bun.sleep(1_000);
    rest.push(residentMb(gateway.process.pid));
    const client = await openStreams(gateway, streams);
    const all = await reached(client.flowing, streams, 30_000);
    await Bun.sleep(flowMs);
    open.push(residentMb(gateway.process.pid));
    client.close();
    await processes.stop(gateway.process);
    if (!all) throw new Error(`only ${client.flowing()} of ${streams} streams opened`);
  }
  const each = (values: number[]) => values.map((value) => value.toFixed(0)).join(', ');
  return [
    {
      what: 'memory at rest',
      unit: 'MB',
      bound: { kind: 'most', value: 60 },
      measured: median(rest),
      detail: each(rest),
      how: `VmRSS one second after the first answered call, a fresh process each of ${runs} runs`,
    },
    {
      what: `memory with ${streams} open streams`,
      unit: 'MB',
      bound: { kind: 'most', value: 160 },
      measured: median(open),
      detail: each(open),
      how: `VmRSS of the same process ${flowMs / 1_000} s after every stream has had its first chunk, one chunk a second each`,
    },
  ];
}
