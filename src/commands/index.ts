/** The commands, and the one place that turns argv into one of them and its errors into an exit code. */
import { ConfigError, didYouMean } from '../config/diagnostics.ts';
import { administrationCommands } from './administration/index.ts';
import { usage } from './administration/usage.ts';
import { type Command, exitCodes, type Invocation, UsageError } from './command.ts';
import { configCheck } from './config-check.ts';
import { configSchemaCommand } from './config-schema.ts';
import { health } from './health.ts';
import { priceCommands } from './prices.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';

const commands: readonly Command[] = [
  serve,
  ...administrationCommands,
  ...priceCommands,
  usage,
  configCheck,
  configSchemaCommand,
  health,
  version,
];

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const rows = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `Usage: opengateway [command] [flags]\n\n${rows.join('\n')}\n\n\`opengateway <command> --help\` explains a command.\n`;
}

interface Chosen {
  readonly command: Command;
  readonly rest: readonly string[];
}

function choose(args: readonly string[]): Chosen {
  const named = commands
    .map((command) => ({ command, words: command.name.split(' ') }))
    .find(({ words }) => words.every((word, at) => args[at] === word));
  if (named !== undefined) return { command: named.command, rest: args.slice(named.words.length) };
  const first = args[0];
  if (first === undefined || first.startsWith('-')) return { command: serve, rest: args };
  const known = commands.map((command) => command.name);
  const typed = args
    .filter((arg) => !arg.startsWith('-'))
    .slice(0, 2)
    .join(' ');
  throw new UsageError(`unknown command '${first}'.${didYouMean(typed, known) || didYouMean(first, known)}`);
}

/** Resolves to the exit code; never rejects for a mistake of the user. */
export async function runCommand(args: readonly string[], io: Omit<Invocation, 'args'>): Promise<number> {
  const wantsHelp = args.some((arg) => arg === '--help' || arg === '-h');
  if (args[0] === '--version' || args[0] === '-v') return await version.run({ ...io, args: [] });
  try {
    if (wantsHelp && (args[0] === '--help' || args[0] === '-h')) {
      io.out(overview());
      return exitCodes.done;
    }
    const { command, rest } = choose(args);
    if (!wantsHelp) return await command.run({ ...io, args: rest });
    io.out(command.help);
    return exitCodes.done;
  } catch (thrown) {
    if (thrown instanceof UsageError) io.err(`opengateway: ${thrown.message}\n\n${overview()}`);
    else if (thrown instanceof ConfigError) io.err(`${thrown.message}\n`);
    else throw thrown;
    return exitCodes.usage;
  }
}
