/** `opengateway health`: asks a running gateway; made for container health checks. */
import { type Command, exitCodes } from './command.ts';
import { type FlagSpec, flagHelp, parseFlags, settingFlags } from './flags.ts';
import { baseOf } from './gateway-address.ts';

const timeoutMs = 3000;

function specs(): Record<string, FlagSpec> {
  return {
    ...settingFlags(),
    url: { type: 'string', help: 'Base URL of the gateway; OPENGATEWAY_URL, or HOST and PORT, when absent.' },
  };
}

export const health: Command = {
  name: 'health',
  summary: 'Ask a running gateway whether it is ready.',
  help: `Usage: opengateway health [flags]\n\nExit code 0 when it is ready, 1 when not.\n\n${flagHelp(specs())}\n`,
  async run(invocation) {
    const { args, out, err } = invocation;
    const { flags } = parseFlags(args, specs());
    const url = `${await baseOf(flags, invocation)}/health/ready`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
      out(`${url} ${response.status} ${(await response.text()).trim()}\n`);
      return response.ok ? exitCodes.done : exitCodes.failed;
    } catch {
      err(`${url} does not answer\n`);
      return exitCodes.failed;
    }
  },
};
