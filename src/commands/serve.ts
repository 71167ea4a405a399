/** `opengateway [serve]`: reads the settings, starts the gateway and keeps it until told to stop. */
import { readSettings, type Settings } from '../config/settings.ts';
import { type Gateway, StorageRefused, startGateway } from '../gateway.ts';
import { renderBanner } from './banner.ts';
import { type Command, exitCodes, type Invocation, UsageError } from './command.ts';
import { ownCommand, startedVariable } from './fetch-limit.ts';
import { flagHelp, parseFlags, settingFlags } from './flags.ts';

/** What a worker finds in its environment: the port it shares with the others. */
const workerVariable = 'OPENGATEWAY_WORKER';

function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

/** The exit code where a worker could not start; it has said why. */
async function startWorkers(
  settings: Settings,
  { environment, workingDirectory }: Invocation,
): Promise<Gateway | number> {
  const { superviseWorkers, WorkerFailed } = await import('../supervisor.ts');
  try {
    return await superviseWorkers(settings, {
      command: ownCommand(process.argv),
      environment: (port) => ({ ...environment, [workerVariable]: String(port) }),
      workingDirectory,
    });
  } catch (thrown) {
    if (thrown instanceof WorkerFailed) return thrown.exitCode || exitCodes.failed;
    throw thrown;
  }
}

async function run(invocation: Invocation): Promise<number> {
  const { args, environment, workingDirectory, err } = invocation;
  const { flags, positionals } = parseFlags(args, settingFlags());
  if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'.`);
  const settings = await readSettings({ flags, environment, workingDirectory });
  const shared = environment[workerVariable];
  let gateway: Gateway;
  // The first worker takes calls before the last is there: from then on a signal is to end all in order.
  const early = settings.workers === 1 || shared !== undefined ? undefined : untilSignalled();
  try {
    if (shared !== undefined) {
      const { runWorker } = await import('./worker.ts');
      return await runWorker(settings, Number(shared));
    }
    const started =
      settings.workers === 1 ? await startGateway(settings) : await startWorkers(settings, invocation);
    if (typeof started === 'number') return started;
    gateway = started;
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
      settings: { ...settings, ...(gateway.providers && { providers: gateway.providers, isDemo: false }) },
      port: gateway.port,
      storage: gateway.storage,
      readyMs,
      hasColors: Bun.enableANSIColors,
    }),
  );
  const signal = await (early ?? untilSignalled());
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
