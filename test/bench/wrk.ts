/** One window of load by wrk: 32 connections that post the same chat call over and over. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from './subject.ts';

export const wrkPath = Bun.which('wrk');

export interface Window {
  readonly requests: number;
  readonly perSecond: number;
}

/** Throws when anything but a 2xx came back: a window with errors measures nothing. */
export async function load(subject: Subject, seconds: number, dir: string): Promise<Window> {
  if (wrkPath === null) throw new Error('wrk is not installed');
  const script = join(dir, `wrk-${subject.port}.lua`);
  writeFileSync(script, lua(subject));
  const child = Bun.spawn(
    [
      wrkPath,
      '-t1',
      '-c32',
      `-d${seconds}s`,
      '-s',
      script,
      `http://127.0.0.1:${subject.port}${subject.path}`,
    ],
    { stdout: 'pipe', stderr: 'ignore', timeout: (seconds + 15) * 1_000 },
  );
  const out = await new Response(child.stdout).text();
  const [, requests, micros, failed] = /^bench (\d+) (\d+) (\d+)$/m.exec(out) ?? [];
  if (requests === undefined || failed !== '0') throw new Error(`${subject.name}: wrk says ${out.trim()}`);
  return { requests: Number(requests), perSecond: Number(requests) / (Number(micros) / 1e6) };
}

function lua(subject: Subject): string {
  const headers = Object.entries(subject.headers).map(
    ([name, value]) => `wrk.headers["${name}"] = [[${value}]]`,
  );
  return `wrk.method = "POST"
wrk.body = [[${subject.body}]]
${headers.join('\n')}
function done(summary)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("bench %d %d %d\\n", summary.requests, summary.duration, failed))
end
`;
}
