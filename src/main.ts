/** argv → a command. */
import { restartWithFetchLimit } from './commands/fetch-limit.ts';

restartWithFetchLimit(process.argv);

// Only now is the rest evaluated: a process about to begin anew has no use for it.
const { runCommand } = await import('./commands/index.ts');
const { standardStream } = await import('./commands/standard-stream.ts');
const out = standardStream(Bun.stdout);
const err = standardStream(Bun.stderr);
const code = await runCommand(process.argv.slice(2), {
  environment: process.env,
  workingDirectory: process.cwd(),
  out: out.write,
  err: err.write,
});
await Promise.all([out.written(), err.written()]);
process.exit(code);
