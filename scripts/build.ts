/** Compiles src/main.ts into one executable, hardened: see adr/0006-runtime-pin-and-hardening.md. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveExecutable, targets } from './targets.ts';

const root = join(import.meta.dir, '..');
const help = `Usage: scripts/build [--target <name>] [--outfile <path>]

Without --target: dist/opengateway for this machine. Targets: ${Object.keys(targets).join(', ')}.
`;

const { values } = parseArgs({
  options: { target: { type: 'string' }, outfile: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  process.stdout.write(help);
  process.exit(0);
}
const outfile =
  values.outfile ??
  join(root, 'dist', values.target === undefined ? 'opengateway' : `opengateway-${values.target}`);
const target = values.target === undefined ? undefined : targets[values.target];
if (values.target !== undefined && target === undefined) {
  process.stderr.write(`scripts/build: unknown target '${values.target}'\n\n${help}`);
  process.exit(2);
}
const foreign =
  target === undefined
    ? []
    : ['--target', target.bunTarget, '--compile-executable-path', await resolveExecutable(target)];

mkdirSync(dirname(outfile), { recursive: true });
const building = `${outfile}.building`;
const build = Bun.spawnSync(
  [
    process.execPath,
    'build',
    '--compile',
    '--minify',
    '--bytecode',
    // What is imported on first use stays out of what every start must read.
    '--splitting',
    '--format=esm',
    '--sourcemap=none',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    ...foreign,
    join(root, 'src', 'main.ts'),
    '--outfile',
    building,
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
if (build.exitCode !== 0) {
  rmSync(building, { force: true });
  process.exit(build.exitCode);
}
// Moved into place when whole, so that a running server's file is never half-written.
await Bun.$`mv ${building} ${outfile}`;
process.stdout.write(`${outfile}\n`);
