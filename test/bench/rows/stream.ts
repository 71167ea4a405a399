/** Processor time a chunk: the gateway with its meter on against a body handed on untouched, and against nginx. */
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { compile } from '../compile.ts';
import { reverseProxy } from '../nginx.ts';
import { chatBody } from '../payloads.ts';
import { cpuMicros } from '../proc.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import { openStreams, reached } from '../stream-client.ts';
import { gatewayStart, type Subject, startSubject } from '../subject.ts';

const streams = 200;
const intervalMs = 10;
const plain = chatBody('local/bench', { stream: true });
const withUsage = chatBody('local/bench', { stream: true, stream_options: { include_usage: true } });

export async function measureStream(bench: Bench): Promise<Row[]> {
  const { processes, options } = bench;
  const { dir } = processes;
  const chunks = options.quick ? 150 : 300;
  const upstreamProgram = await compile(dir, 'stream-upstream.ts');
  const bareProgram = await compile(dir, 'stream-proxy.ts');
  const upstreamPort = await freePort();
  processes.start([upstreamProgram, String(upstreamPort), String(intervalMs), String(chunks)]);
  const start = gatewayStart(processes, options, upstreamPort, false);
  const gateway = await startSubject(processes, { ...start, body: plain });
  const asking: Subject = { ...gateway, name: 'gateway', body: withUsage };
  const bare = await startSubject(processes, {
    name: 'bare proxy',
    command: (port) => [bareProgram, String(port), `http://127.0.0.1:${upstreamPort}/v1/chat/completions`],
    body: plain,
  });
  const reason = missing('nginx');
  const nginx =
    reason === null
      ? await startSubject(processes, {
          name: 'nginx',
          command: (port) => reverseProxy(dir, port, upstreamPort, false),
          body: plain,
        })
      : null;
  const subjects = [gateway, bare, asking, ...(nginx === null ? [] : [nginx])];
  const figures = await interleave(bench, subjects, (one) => cpuPerChunk(one, chunks));
  const of = (subject: Subject) => figures.get(subject) ?? [];
  const micros = (subject: Subject) => `${subject.name} ${median(of(subject)).toFixed(1)} µs`;
  const against = (what: string, one: Subject, base: Subject): Row => ({
    what,
    unit: 'x',
    measured: medianRatio(of(one), of(base)),
    detail: `${micros(one)}, ${micros(base)}`,
  });
  return [
    {
      ...against('CPU a chunk, stream, against new Response(res.body)', gateway, bare),
      bound: { kind: 'most', value: 1.25 },
      how: `user and system time of the process over the whole life of ${streams} streams of ${chunks} chunks (330 bytes, one each ${intervalMs} ms), by chunks; every stream must end with [DONE]; the ledger is off; the bare proxy is compiled alike`,
    },
    {
      ...against('the same, include_usage asked for', asking, bare),
      how: 'the client sends stream_options.include_usage itself, so nothing has to be added or held back',
    },
    nginx === null
      ? { what: 'the same against nginx', unit: 'x', ...(reason === null ? {} : { skipped: reason }) }
      : {
          ...against('the same against nginx', gateway, nginx),
          how: 'nginx as reverse proxy, one worker, proxy_buffering off, same rounds; include_usage not asked for',
        },
  ];
}

async function cpuPerChunk(subject: Subject, chunks: number): Promise<number> {
  const before = cpuMicros(subject.process.pid);
  const open = await openStreams(subject, streams);
  const all = await reached(open.finished, streams, chunks * intervalMs * 3 + 5_000);
  await Bun.sleep(100);
  const used = cpuMicros(subject.process.pid) - before;
  open.close();
  if (!all)
    throw new Error(`${subject.name}: only ${open.finished()} of ${streams} streams came to their end`);
  return used / (streams * chunks);
}
