/** `opengateway config check [file]`: says what is wrong with a configuration, and where. */
import { readSettings } from '../config/settings.ts';
import { type Command, exitCodes, UsageError } from './command.ts';
import { flagHelp, parseFlags, settingFlags } from './flags.ts';

export const configCheck: Command = {
  name: 'config check',
  summary: 'Check the configuration and say what is wrong, by line and column.',
  help: `Usage: opengateway config check [file] [flags]\n\nReads the configuration as \`serve\` would. Exit code 2 when something is wrong with it.\n\n${flagHelp(settingFlags())}\n`,
  async run({ args, environment, workingDirectory, out }) {
    const { flags, positionals } = parseFlags(args, settingFlags());
    if (positionals.length > 1) throw new UsageError(`unexpected '${positionals[1]}'.`);
    const [file] = positionals;
    const settings = await readSettings({
      flags: file === undefined ? flags : { ...flags, config: file },
      environment,
      workingDirectory,
    });
    const providers = settings.providers.map((provider) => provider.name).join(', ');
    out(`${settings.configPath ?? 'no config file'}: ok; providers: ${providers}\n`);
    return exitCodes.done;
  },
};
