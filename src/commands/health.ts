/** `opengateway health`: asks a running gateway; made for container health checks. */
import { readSettings } from '../config/settings.ts';
import { type Command, exitCodes } from './command.ts';
import { type FlagSpec, flagHelp, parseFlags, settingFlags } from './flags.ts';

const timeoutMs = 3000;

function specs(): Record<string, FlagSpec> {
  return {
    ...settingFlags(),
    url: { type: 'string', help: 'Base URL of the gateway; HOST and PORT when absent.' },
  };
}

export const health: Command = {
  name: 'health',
  summary: 'Ask a running gateway whether it is ready.',
  help: `Usage: opengateway health [flags]\n\nExit code 0 when it is ready, 1 when not.\n\n${flagHelp(specs())}\n`,
  async run({ args, environment, workingDirectory, out, err }) {
    const { flags } = parseFlags(args, specs());
    let base = flags.url;
    if (typeof base !== 'string') {
      const { url: _, ...rest } = flags;
      const { host, port } = await readSettings({ flags: rest, environment, workingDirectory });
      const reachable =
        { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
      base = `http://${reachable}:${port}`;
    }
    const url = `${base.replace(/\/+$/, '')}/health/ready`;
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
