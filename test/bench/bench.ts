/** What every section of the benchmark is given, and the interleaving they share. */
import { nginxPath } from './nginx.ts';
import type { Options } from './options.ts';
import type { Processes } from './processes.ts';
import type { Row } from './row.ts';
import type { Subject } from './subject.ts';
import { wrkPath } from './wrk.ts';

export interface Bench {
  readonly options: Options;
  readonly processes: Processes;
  readonly say: (progress: string) => void;
}

export type Measure = (bench: Bench) => Promise<Row[]>;

/** Why a row that needs these tools cannot be measured here, or null. */
export function missing(...tools: ('nginx' | 'wrk')[]): string | null {
  const absent = tools.filter((tool) => (tool === 'nginx' ? nginxPath : wrkPath) === null);
  return absent.length === 0 ? null : `${absent.join(' and ')} not installed`;
}

/** A B C A B C …: one uncounted round to warm up, then the rounds; each subject's figures in order. */
export async function interleave(
  bench: Bench,
  subjects: readonly Subject[],
  measure: (subject: Subject) => Promise<number>,
): Promise<Map<Subject, number[]>> {
  const figures = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round <= bench.options.rounds; round++) {
    bench.say(round === 0 ? 'warming up' : `round ${round} of ${bench.options.rounds}`);
    for (const subject of subjects) {
      const figure = await measure(subject);
      if (round > 0) figures.get(subject)?.push(figure);
    }
  }
  return figures;
}
