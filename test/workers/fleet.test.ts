/** Workers that cannot start, that die again and again, and that do not want to end. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeFeed } from '../../src/identity/changes.ts';
import { Log } from '../../src/telemetry/log.ts';
import { Fleet, WorkerFailed } from '../../src/workers/fleet.ts';
import { Owner } from '../../src/workers/owner.ts';
import { eventually } from '../support/eventually.ts';

const listening = "process.send([['listening', { port: 1 }]]);";
let directory = '';
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** `program`: of each worker; it is counted as it starts. */
function fleetOf(size: number, program: string) {
  directory = mkdtempSync(join(tmpdir(), 'opengateway-fleet-'));
  const starts = join(directory, 'starts');
  writeFileSync(starts, '');
  const file = join(directory, 'worker.ts');
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(starts)}, 'x');\n${program}`,
  );
  const written: string[] = [];
  const sink = (lines: string) => {
    written.push(lines);
    return undefined;
  };
  const counters = {
    reserve: () => Promise.reject(new Error('no')),
    settle: () => {},
    standing: async () => [],
  };
  const fleet = new Fleet({
    size,
    command: [process.execPath, file],
    environment: { PATH: process.env.PATH },
    workingDirectory: directory,
    owner: new Owner({ counters, ledger: undefined, place: { isUnmade: true }, changes: new ChangeFeed() }),
    log: new Log('info', (text) => text, sink),
    sink,
    beatMs: 50,
  });
  return { fleet, written, started: () => readFileSync(starts, 'utf8').length };
}

test('what keeps one from starting is found out once, and its exit code kept', async () => {
  const { fleet, started } = fleetOf(4, 'process.exit(7);');
  const failure = await fleet.start().catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(WorkerFailed);
  expect(failure).toMatchObject({ exitCode: 7 });
  expect(started()).toBe(1);
});

test('one that dies is replaced, after longer and longer', async () => {
  const { fleet, written, started } = fleetOf(1, `${listening} setTimeout(() => process.exit(3), 20);`);
  await fleet.start();
  await eventually(() => started() >= 4, 'four lives');
  await fleet.stop(0);
  const ended = written
    .join('')
    .split('\n')
    .filter((line) => line.includes('worker.ended'))
    .map((line) => JSON.parse(line) as { exit_code: number; replaced_in_ms: number });
  expect(ended.slice(0, 3).map((line) => [line.exit_code, line.replaced_in_ms])).toEqual([
    [3, 100],
    [3, 200],
    [3, 400],
  ]);
});

test('one that is stuck is replaced, one that answers is not', async () => {
  const answers =
    "process.on('message', (said) => process.send(said.map(([, , question]) => [question, null])));";
  const { fleet, written, started } = fleetOf(2, `${answers} ${listening} await import('./life.ts');`);
  // The first to come is stuck.
  writeFileSync(
    join(directory, 'life.ts'),
    `import { mkdirSync } from 'node:fs';
     let isFirst = true;
     try { mkdirSync(${JSON.stringify(join(directory, 'first'))}); } catch { isFirst = false; }
     if (isFirst) setTimeout(() => { for (;;); }, 50);`,
  );
  await fleet.start();
  await eventually(() => written.join('').includes('worker.ended'), 'the end of the one');
  await eventually(() => started() === 3, 'another');
  await Bun.sleep(500);
  expect(started()).toBe(3);
  expect(written.join('')).toContain('"signal":"SIGKILL"');
  await fleet.stop(0);
}, 20_000);

test('whole lines come through, half of one that a death cut off does not', async () => {
  const { fleet, written } = fleetOf(
    2,
    `process.stdout.write('{"a":1}\\n{"b":"ü"}\\n{"ha'); ${listening} process.on('message', () => process.exit(0));`,
  );
  await fleet.start();
  await eventually(() => written.join('').split('\n').length === 5, 'four lines');
  await fleet.stop(1000);
  expect(written.join('')).toBe('{"a":1}\n{"b":"ü"}\n'.repeat(2));
});
