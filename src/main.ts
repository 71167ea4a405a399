/** argv → a command. */
import { restartWithFetchLimit } from './commands/fetch-limit.ts';

restartWithFetchLimit(process.argv);

// Only now is the rest evaluated: a process about to begin anew has no use for it.
const { runCommand } = await import('./commands/index.ts');
const code = await runCommand(process.argv.slice(2), {
  environment: process.env,
  workingDirectory: process.cwd(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exit(code);
