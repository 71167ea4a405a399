/** What translating costs: each client dialect to each upstream dialect, against the same client passed through. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConversationDialect, conversationDialects } from '../../../src/core/dialect-name.ts';
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { compile } from '../compile.ts';
import { callIn, dialectConfig, dialectGateway } from '../dialect-calls.ts';
import { cpuMicros } from '../proc.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import { openStreams, reached } from '../stream-client.ts';
import { type Subject, startSubject } from '../subject.ts';
import { load } from '../wrk.ts';

const streams = 60;
const intervalMs = 8;

interface Pair {
  readonly client: ConversationDialect;
  readonly upstream: ConversationDialect;
  readonly subject: Subject;
}

function pairsOf(gateway: Subject, stream: boolean): Pair[] {
  return conversationDialects.flatMap((client) =>
    conversationDialects.map((upstream) => {
      const { path, body } = callIn(client, upstream, stream);
      return { client, upstream, subject: { ...gateway, name: `${client} to ${upstream}`, path, body } };
    }),
  );
}

/** Each pair's figures against those of the same client passed through. */
function rowsOf(
  pairs: readonly Pair[],
  figures: ReadonlyMap<Subject, readonly number[]>,
  what: string,
  more: Partial<Row>,
): Row[] {
  return pairs
    .filter(({ client, upstream }) => client !== upstream)
    .map(({ client, subject }, at) => {
      const base =
        pairs.find((pair) => pair.client === client && pair.upstream === client)?.subject ?? subject;
      const [own, through] = [figures.get(subject) ?? [], figures.get(base) ?? []];
      return {
        what: `${what}, ${subject.name}`,
        unit: 'x' as const,
        measured: medianRatio(own, through),
        detail: `${median(own).toFixed(1)} µs, passed through ${median(through).toFixed(1)} µs`,
        ...(more.bound !== undefined && { bound: more.bound }),
        // Said once for all of them.
        ...(at === 0 && more.how !== undefined && { how: more.how }),
      };
    });
}

export async function measureDialects(bench: Bench): Promise<Row[]> {
  const { processes, options } = bench;
  const { dir } = processes;
  const pieces = options.quick ? 60 : 120;
  const program = await compile(dir, 'wire-upstream.ts');
  const upstreamPort = await freePort();
  processes.start([program, String(upstreamPort), String(intervalMs), String(pieces)]);
  writeFileSync(join(dir, 'dialects.json'), dialectConfig(upstreamPort));
  const gateway = await startSubject(processes, dialectGateway(processes, options, upstreamPort));

  const streamed = pairsOf(gateway, true);
  const streamFigures = await interleave(
    bench,
    streamed.map(({ subject }) => subject),
    (one) => cpuPerPiece(one, pieces),
  );
  const rows = rowsOf(streamed, streamFigures, 'CPU a chunk', {
    bound: { kind: 'most', value: 2.5 },
    how: `user and system time of the process over ${streams} streams of ${pieces} pieces of text, one each ${intervalMs} ms, by pieces, against the same client passed through to an upstream of its own dialect`,
  });
  const reason = missing('wrk');
  if (reason !== null) return [...rows, { what: 'CPU a request, translated', unit: 'x', skipped: reason }];
  const whole = pairsOf(gateway, false);
  const wholeFigures = await interleave(
    bench,
    whole.map(({ subject }) => subject),
    (one) => cpuPerRequest(one, dir),
  );
  return [
    ...rows,
    ...rowsOf(whole, wholeFigures, 'CPU a request', {
      how: 'user and system time of the process over 1 s of wrk, by requests answered, against the same client passed through',
    }),
  ];
}

async function cpuPerPiece(subject: Subject, pieces: number): Promise<number> {
  const before = cpuMicros(subject.process.pid);
  const open = await openStreams(subject, streams);
  const all = await reached(open.closed, streams, pieces * intervalMs * 4 + 5_000);
  await Bun.sleep(60);
  const used = cpuMicros(subject.process.pid) - before;
  open.close();
  if (!all) throw new Error(`${subject.name}: only ${open.closed()} of ${streams} streams came to their end`);
  return used / (streams * pieces);
}

async function cpuPerRequest(subject: Subject, dir: string): Promise<number> {
  const before = cpuMicros(subject.process.pid);
  const { requests } = await load(subject, 1, dir);
  await Bun.sleep(60);
  return (cpuMicros(subject.process.pid) - before) / requests;
}
