/** Throughput against Portkey's gateway, on the same upstream with the same load. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/gateway.ts';
import { type Bench, interleave, missing } from '../bench.ts';
import { fixedReply } from '../nginx.ts';
import { chatBody } from '../payloads.ts';
import type { Row } from '../row.ts';
import { median, medianRatio } from '../stats.ts';
import { gatewayStart, type Subject, startSubject } from '../subject.ts';
import { load } from '../wrk.ts';

const version = '1.15.2';
const home = join(import.meta.dir, '..', '..', '..', '.tools', 'portkey');
const what = `throughput against Portkey ${version}`;
const bound = { kind: 'least', value: 15 } as const;

export async function measurePortkey(bench: Bench): Promise<Row[]> {
  const reason =
    missing('nginx', 'wrk') ?? (Bun.which('node') === null ? 'node is not installed' : install(bench));
  if (reason !== null) return [{ what, unit: 'x', bound, skipped: reason }];
  const { processes, options } = bench;
  const upstreamPort = await freePort();
  processes.start(fixedReply(processes.dir, upstreamPort));
  const gateway = await startSubject(processes, gatewayStart(processes, options, upstreamPort, false));
  const portkey = await startSubject(processes, {
    name: 'Portkey',
    command: (port) => ['node', entry(), '--headless', `--port=${port}`],
    env: () => ({ NODE_ENV: 'production' }),
    cwd: home,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    },
    body: chatBody('bench'),
  });
  const seconds = options.quick ? 1 : 3;
  const figures = await interleave(bench, [gateway, portkey], async (subject) => {
    const { perSecond } = await load(subject, seconds, processes.dir);
    return perSecond;
  });
  const of = (subject: Subject) => figures.get(subject) ?? [];
  const rate = (subject: Subject) => `${subject.name} ${median(of(subject)).toFixed(0)}/s`;
  const node = Bun.spawnSync(['node', '--version']).stdout.toString().trim();
  return [
    {
      what,
      unit: 'x',
      bound,
      measured: medianRatio(of(gateway), of(portkey)),
      detail: `${rate(gateway)}, ${rate(portkey)} on Node ${node}`,
      how: `requests a second by wrk over ${seconds} s windows (32 connections), nginx upstream, both on the same machine`,
    },
  ];
}

function entry(): string {
  return join(home, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
}

/** Fetches it through npm once; the reason when that fails. */
function install(bench: Bench): string | null {
  if (existsSync(entry())) return null;
  bench.say('installing');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}\n');
  const npm = [
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `@portkey-ai/gateway@${version}`,
  ];
  const done = Bun.spawnSync(npm, { cwd: home, stdout: 'ignore', stderr: 'pipe', timeout: 120_000 });
  return done.success ? null : `npm install failed: ${done.stderr.toString().trim().slice(0, 200)}`;
}
