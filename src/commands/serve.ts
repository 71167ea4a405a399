/** `opengateway [serve]`: reads the settings, starts the gateway and keeps it until told to stop. */
import { readSettings } from '../config/settings.ts';
import { StorageRefused, startGateway } from '../gateway.ts';
import { renderBanner } from './banner.ts';
import { type Command, exitCodes, type Invocation, UsageError } from './command.ts';
import { startedVariable } from './fetch-limit.ts';
import { flagHelp, parseFlags, settingFlags } from './flags.ts';

function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

async function run(invocation: Invocation): Promise<number> {
  const { args, environment, workingDirectory, err } = invocation;
  const { flags, positionals } = parseFlags(args, settingFlags());
  if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'.`);
  const settings = await readSettings({ flags, environment, workingDirectory });
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  try {
    gateway = await startGateway(settings);
  } catch (thrown) {
    if (thrown instanceof StorageRefused) {
      err(
        `opengateway: the database ${thrown.place ?? settings.databasePath} cannot be used: ${thrown.message}\n`,
      );
      return exitCodes.failed;
    }
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw thrown;
    err(
      `opengateway: cannot listen on ${settings.host}:${settings.port} (${code}). Choose another with --port or PORT.\n`,
    );
    return exitCodes.failed;
  }
  const startedAtMs = Number(environment[startedVariable] ?? performance.timeOrigin);
  const readyMs = performance.timeOrigin + performance.now() - startedAtMs;
  err(
    renderBanner({
      settings,
      port: gateway.port,
      storage: gateway.storage,
      readyMs,
      hasColors: Bun.enableANSIColors,
    }),
  );
  const stopping = untilSignalled();
  const signal = await stopping;
  err(
    `opengateway: ${signal}, finishing calls under way (at most ${settings.drainMs} ms; again to stop at once)\n`,
  );
  const again = untilSignalled();
  await Promise.race([gateway.stop(), again]);
  return exitCodes.done;
}

export const serve: Command = {
  name: 'serve',
  summary: 'Start the gateway (the default).',
  help: `Usage: opengateway [serve] [flags]\n\nStarts the gateway. Flags win over the environment, \`.env\`, and the config file.\n\n${flagHelp(settingFlags())}\n`,
  run,
};
