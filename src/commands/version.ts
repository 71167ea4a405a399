/** `opengateway version [--json]`. */
import { version as current } from '../core/version.ts';
import { type Command, exitCodes } from './command.ts';
import { type FlagSpec, flagHelp, parseFlags } from './flags.ts';

const specs: Record<string, FlagSpec> = {
  json: { type: 'boolean', help: 'As JSON, with runtime and platform.' },
};

export const version: Command = {
  name: 'version',
  summary: 'Print the version.',
  help: `Usage: opengateway version [--json]\n\n${flagHelp(specs)}\n`,
  async run({ args, out }) {
    const { flags } = parseFlags(args, specs);
    const facts = { version: current, bun: Bun.version, platform: process.platform, arch: process.arch };
    out(flags.json === true ? `${JSON.stringify(facts)}\n` : `opengateway ${current}\n`);
    return exitCodes.done;
  },
};
