/** Runs the benchmark: the chosen sections one after another, then one table. */
import { existsSync } from 'node:fs';
import type { Measure } from './bench.ts';
import { type Options, parseOptions, type Section, usage } from './options.ts';
import { createProcesses } from './processes.ts';
import { type Row, verdict } from './row.ts';
import { measureDialects } from './rows/dialects.ts';
import { measureGoverned } from './rows/governed.ts';
import { measureMemory } from './rows/memory.ts';
import { measurePortkey } from './rows/portkey.ts';
import { measureStart } from './rows/start.ts';
import { measureStream } from './rows/stream.ts';
import { measureTables } from './rows/tables.ts';
import { measureUnary } from './rows/unary.ts';
import { measureWorkers } from './rows/workers.ts';
import { printJson, printTable } from './table.ts';

const measures: Record<Section, Measure> = {
  unary: measureUnary,
  stream: measureStream,
  start: measureStart,
  memory: measureMemory,
  portkey: measurePortkey,
  dialects: measureDialects,
  tables: measureTables,
  governed: measureGoverned,
  workers: measureWorkers,
};

/** No run goes on for longer, whatever hangs. */
const limitMs = 15 * 60_000;

async function run(options: Options): Promise<number> {
  const processes = createProcesses();
  const limit = setTimeout(() => {
    process.stderr.write('bench: took too long\n');
    process.exit(1);
  }, limitMs);
  const rows: Row[] = [];
  for (const section of options.only) {
    const say = (progress: string) => process.stderr.write(`bench: ${section}: ${progress}\n`);
    try {
      rows.push(...(await measures[section]({ options, processes, say })));
    } catch (error) {
      rows.push({ what: section, unit: 'x', failed: error instanceof Error ? error.message : String(error) });
    } finally {
      await processes.stopAll();
    }
  }
  clearTimeout(limit);
  if (options.json) printJson(rows);
  else printTable(rows);
  const verdicts = rows.map(verdict);
  return verdicts.includes('FAILED') || (options.strict && verdicts.includes('OVER')) ? 1 : 0;
}

function readOptions(): Options | null {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return null;
  }
}

const options = readOptions();
if (options === null) process.exit(2);
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!existsSync(options.gateway)) {
  process.stderr.write(`bench: ${options.gateway} is missing: run scripts/build\n`);
  process.exit(1);
}
process.exit(await run(options));
