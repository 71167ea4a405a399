/** The composition root of a process that serves through others: it owns what is one, they take the calls. */
import type { Settings } from './config/settings.ts';
import { GatewayError } from './core/errors.ts';
import { scrubberFor } from './gateway/scrubber.ts';
import { type Gateway, isKept, openAccounts, openStorage } from './gateway.ts';
import { Log, standardOutput } from './telemetry/log.ts';
import { Fleet } from './workers/fleet.ts';
import { Owner } from './workers/owner.ts';

export { WorkerFailed } from './workers/fleet.ts';

export interface Launch {
  /** What starts a worker. */
  readonly command: readonly string[];
  /** In which a worker finds that it is one, and the port it shares with the others. */
  readonly environment: (port: number) => Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/** The workers listen side by side, so none of them would notice another program on their port. Throws what the socket throws. */
async function freePort({ host, port }: Settings): Promise<number> {
  const probe = Bun.serve({ hostname: host, port, reusePort: false, fetch: () => new Response() });
  await probe.stop(true);
  return probe.port ?? port;
}

/** At once, and not when there is something to keep: whoever comes first would have to hold it for all. */
async function preparedStorage(settings: Settings): ReturnType<typeof openStorage> {
  const storage = await openStorage(settings, true);
  try {
    await storage.prepare();
  } catch (thrown) {
    // What is served without a storage is served by workers, too.
    if (!(thrown instanceof GatewayError)) throw thrown;
  }
  return storage;
}

/** Throws StorageRefused, WorkerFailed, or what the socket throws. */
export async function superviseWorkers(settings: Settings, launch: Launch): Promise<Gateway> {
  const storage = await preparedStorage(settings);
  const sink = standardOutput();
  const log = new Log(settings.logLevel, scrubberFor(settings, storage.secrets), sink);
  const { store, counters, kept } = await openAccounts(settings, storage, log);
  const owner = new Owner({
    counters,
    ledger: isKept(kept, storage.hasAny) ? store : undefined,
    place: kept,
    changes: storage.changes,
  });
  const port = await freePort(settings);
  const environment = launch.environment(port);
  const fleet = new Fleet({ ...launch, environment, size: settings.workers, owner, log, sink });
  await fleet.start();
  return {
    port,
    storage: storage.description,
    log,
    async stop() {
      await fleet.stop(settings.drainMs);
      await store.close?.();
      await counters.close?.();
      await log.flush();
      storage.close();
    },
  };
}
