/** Processor time a request: the gateway against the least proxy this runtime can be, and against nginx. */
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { compile } from '../compile.ts';
import { fixedReply, reverseProxy } from '../nginx.ts';
import { cpuMicros } from '../proc.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import { gatewayStart, type Subject, startSubject } from '../subject.ts';
import { load } from '../wrk.ts';

const what = 'CPU a request, unary, against the bare proxy';
const bound = { kind: 'most', value: 1.3 } as const;

export async function measureUnary(bench: Bench): Promise<Row[]> {
  const reason = missing('nginx', 'wrk');
  if (reason !== null) return [{ what, unit: 'x', bound, skipped: reason }];
  const { processes, options } = bench;
  const { dir } = processes;
  const bareProgram = await compile(dir, 'unary-proxy.ts');
  const upstreamPort = await freePort();
  processes.start(fixedReply(dir, upstreamPort));
  const gateway = await startSubject(processes, gatewayStart(processes, options, upstreamPort, false));
  const bare = await startSubject(processes, {
    name: 'bare proxy',
    command: (port) => [bareProgram, String(port), `http://127.0.0.1:${upstreamPort}/v1/chat/completions`],
  });
  const nginx = await startSubject(processes, {
    name: 'nginx',
    command: (port) => reverseProxy(dir, port, upstreamPort, true),
  });
  const seconds = options.quick ? 1 : 3;
  const figures = await interleave(bench, [gateway, bare, nginx], (one) => cpuPerRequest(one, seconds, dir));
  const of = (subject: Subject) => figures.get(subject) ?? [];
  const micros = (subject: Subject) => `${subject.name} ${median(of(subject)).toFixed(1)} µs`;
  return [
    {
      what,
      unit: 'x',
      bound,
      measured: medianRatio(of(gateway), of(bare)),
      detail: `${micros(gateway)}, ${micros(bare)}`,
      how: `user and system time of the process over ${seconds} s of wrk (32 connections, 380-byte chat call, 0.9 KB reply from nginx), by requests answered; key check, routing, log and metrics on, the ledger off (the governed rows have it); the bare proxy is compiled alike`,
    },
    {
      what: 'the same against nginx',
      unit: 'x',
      measured: medianRatio(of(gateway), of(nginx)),
      detail: `${micros(gateway)}, ${micros(nginx)}`,
      how: 'nginx as reverse proxy, one worker, connections to the upstream kept open, same windows',
    },
  ];
}

async function cpuPerRequest(subject: Subject, seconds: number, dir: string): Promise<number> {
  const before = cpuMicros(subject.process.pid);
  const { requests } = await load(subject, seconds, dir);
  // Rows and log lines written behind the reply belong to the request.
  await Bun.sleep(100);
  return (cpuMicros(subject.process.pid) - before) / requests;
}
