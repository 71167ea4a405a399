/** Reads a process and its children from /proc: processor time used and memory resident. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second for user space, whatever the kernel's own tick. */
const microsPerTick = 10_000;

/** User and system time of all threads, with those that have ended, in microseconds; precise to 10 ms. */
export function cpuMicros(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const fields = statFields(member);
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * microsPerTick;
  }, 0);
}

/** Resident memory (VmRSS), in MB of 1,000,000 bytes. */
export function residentMb(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const kib = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${member}/status`))?.[1];
    return sum + (Number(kib ?? 0) * 1024) / 1e6;
  }, 0);
}

export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statFields(Number(name))[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

function family(pid: number): number[] {
  return [pid, ...descendants(pid)];
}

/** The fields of /proc/PID/stat from the third on: the second, the name, may hold spaces and brackets. */
function statFields(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
