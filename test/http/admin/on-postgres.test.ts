/** The administration on PostgreSQL: the very tests of this folder once more, in a process of their own. */
import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoPostgres } from '../../support/postgres.ts';

const missing = whyNoPostgres();
const own = import.meta.file;
const files = readdirSync(import.meta.dir).filter((name) => name.endsWith('.test.ts') && name !== own);

test.skipIf(missing !== undefined)(
  `all of it behaves alike${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const { exitCode, stderr } = Bun.spawnSync(
      [process.execPath, 'test', ...files.map((name) => join(import.meta.dir, name))],
      {
        cwd: join(import.meta.dir, '../../..'),
        env: { ...process.env, OPENGATEWAY_TEST_STORAGE: 'PostgreSQL', NO_COLOR: '1' },
        timeout: 110_000,
      },
    );
    const said = stderr.toString();
    expect(said.split('\n').filter((line) => line.startsWith('(fail)'))).toEqual([]);
    expect(Number(/^ (\d+) pass$/m.exec(said)?.[1])).toBeGreaterThan(200);
    expect([exitCode, /^ 0 fail$/m.test(said)]).toEqual([0, true]);
  },
  120_000,
);
