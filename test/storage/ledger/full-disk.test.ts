/**
 * A disk that runs full at the first page that is written, at the second, at the third, and so on: each time the refusal that is
 * promised, nothing that was acknowledged lost, nothing damaged, and all as before once there is room again.
 */
import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dir, 'full-disk-program.ts');
/** Each of the first, where all the files begin; then on to where all calls of the program fit. */
const pages = [...Array(121).keys(), ...Array.from({ length: 60 }, (_, at) => 130 + 10 * at)];
const size = '4m';

/** In a namespace of its own, so that the file system is gone with the program, and nobody has to be root. */
function command(directory: string, then: string[]): string[] {
  const script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"';
  return [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    script,
    'sh',
    size,
    directory,
    ...then,
  ];
}

const canMount =
  Bun.which('unshare') !== null &&
  Bun.spawnSync(command('/mnt', ['true']), { stdout: 'ignore', stderr: 'ignore' }).exitCode === 0;

test.skipIf(!canMount)(
  `a disk that is full after n pages, for every n${canMount ? '' : ' (skipped: no file system may be mounted here)'}`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'opengateway-full-'));
    try {
      const child = Bun.spawn(
        command(directory, [process.execPath, program, directory, ...pages.map(String)]),
        {
          stdout: 'pipe',
          stderr: 'pipe',
        },
      );
      const out = await new Response(child.stdout).text();
      const err = await new Response(child.stderr).text();
      expect([await child.exited, err]).toEqual([0, '']);
      const runs = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(runs.length).toBe(pages.length);
      for (const run of runs)
        expect(run).toMatchObject({ worksAgain: true, isWhole: true, isAddedUp: true, integrity: ['ok'] });
      expect(new Set(runs.flatMap(({ codes }) => codes as string[]))).toEqual(
        new Set(['storage_unavailable']),
      );
      // From the first page on, through the middle of it all, to where everything fits.
      const before = runs.map((run) => Number(run.before));
      expect(before[0]).toBe(0);
      expect(before.at(-1)).toBe(30);
      expect(new Set(before).size).toBeGreaterThan(5);
      process.stdout.write(
        `full after 0 to ${pages.at(-1)} pages, ${runs.length} runs, ${runs.filter(({ failures }) => failures !== 0).length} of them refused calls\n`,
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  120_000,
);
