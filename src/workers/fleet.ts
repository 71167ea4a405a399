/** The worker processes: as many as there should be, each replaced when it dies, all ended together. */
import type { LineSink, Log } from '../telemetry/log.ts';
import type { Membership, Owner } from './owner.ts';
import { passLines } from './pass-lines.ts';

export interface FleetOptions {
  readonly size: number;
  /** What starts a worker. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly owner: Owner;
  readonly log: Log;
  readonly sink: LineSink;
  /** How often each worker is asked whether it lives. */
  readonly beatMs?: number;
}

/** A worker that lived as long did not die of its start, and is replaced without delay. */
const soundMs = 2000;
const firstDelayMs = 100;
const maxDelayMs = 10_000;
const usualBeatMs = 5000;
/** So many times in a row without an answer, and a worker is stuck: it would hold what it reserved for ever. */
const mostMissed = 6;
/** Beyond its own patience, until a worker that does not end is killed. */
const overtimeMs = 5000;

/** The end of a channel is heard of soon after that of its process. */
const disconnectMs = 500;

/** A worker ended before it took calls; it has said why. */
export class WorkerFailed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`a worker ended with exit code ${exitCode} while it started`);
    this.exitCode = exitCode;
  }
}

interface Worker {
  readonly process: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;
  readonly membership: Membership;
  readonly startedAtMs: number;
  readonly over: Promise<void>;
  /** Beats without an answer. */
  missed: number;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #workers = new Set<Worker>();
  #isStarted = false;
  #isStopping = false;
  /** Deaths one after the other, each soon after its start. */
  #failures = 0;
  #beat: ReturnType<typeof setInterval> | undefined;
  readonly #respawns = new Set<ReturnType<typeof setTimeout>>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Resolves when every worker takes calls; rejects with WorkerFailed, and then none is left. */
  async start(): Promise<void> {
    try {
      // What keeps one from starting keeps all, and need not be said by each.
      await this.#spawn();
      await Promise.all(Array.from({ length: this.#options.size - 1 }, () => this.#spawn()));
      this.#isStarted = true;
      this.#beat = setInterval(() => this.#askAll(), this.#options.beatMs ?? usualBeatMs);
    } catch (thrown) {
      await this.stop(0);
      throw thrown;
    }
  }

  /** Calls under way may end within `drainMs`. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    for (const respawn of this.#respawns) clearTimeout(respawn);
    clearInterval(this.#beat);
    const workers = [...this.#workers];
    for (const { membership } of workers) membership.wire.tell('stop', null);
    const kill = setTimeout(() => {
      for (const worker of this.#workers) worker.process.kill('SIGKILL');
    }, drainMs + overtimeMs);
    await Promise.all(workers.map(({ over }) => over));
    clearTimeout(kill);
  }

  #spawn(): Promise<void> {
    const { command, environment, workingDirectory, owner, sink } = this.#options;
    const disconnected = Promise.withResolvers<void>();
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    const child = Bun.spawn([...command], {
      cwd: workingDirectory,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      serialization: 'json',
      ipc: (message) => membership.wire.receive(message),
      onDisconnect: () => disconnected.resolve(),
    });
    const send = (message: unknown) => {
      try {
        child.send(message);
      } catch {
        // It is about to be known that the worker is gone.
      }
    };
    const membership = owner.join(send, { listening: () => resolve() });
    const lines = passLines(child.stdout, sink);
    const over = child.exited.then(async (exitCode) => {
      // What it said last comes before the end of its channel, but perhaps after its own.
      await Promise.race([disconnected.promise, Bun.sleep(disconnectMs)]);
      const lost = await membership.leave();
      reject(new WorkerFailed(exitCode));
      this.#ended(worker, exitCode, lost);
      await lines;
    });
    const startedAtMs = performance.now();
    const worker: Worker = { process: child, membership, startedAtMs, over, missed: 0 };
    this.#workers.add(worker);
    return listening;
  }

  /** Counted in beats, not in time: they do not pass while this process is held up itself. */
  #askAll(): void {
    for (const worker of this.#workers) {
      if (worker.missed++ >= mostMissed) worker.process.kill('SIGKILL');
      else
        worker.membership.wire.ask('alive', null).then(
          () => {
            worker.missed = 0;
          },
          () => {},
        );
    }
  }

  #ended(worker: Worker, exitCode: number, lost: number): void {
    this.#workers.delete(worker);
    if (this.#isStopping || !this.#isStarted) return;
    const { log } = this.#options;
    const { pid, signalCode } = worker.process;
    const isSound = performance.now() - worker.startedAtMs >= soundMs;
    this.#failures = isSound ? 0 : this.#failures + 1;
    const delayMs = isSound ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#failures - 1));
    log.event(exitCode === 0 ? 'info' : 'error', 'worker.ended', {
      pid,
      exit_code: exitCode,
      signal: signalCode,
      calls_lost: lost,
      replaced_in_ms: delayMs,
    });
    const respawn = setTimeout(() => {
      this.#respawns.delete(respawn);
      // What becomes of it is seen when it ends.
      this.#spawn().catch(() => {});
    }, delayMs);
    this.#respawns.add(respawn);
  }
}
