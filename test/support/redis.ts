/**
 * A real Redis of the tests' own: on a free port of the loopback, its files below the temporary directory, gone with the process
 * that started it. `REDIS_URL` names another one to use instead, which is then neither frozen nor stopped.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './gateway.ts';

/** Why there is no server of our own; undefined where there can be one. */
export function whyNoRedisServer(): string | undefined {
  if (Bun.which('redis-server') === null) return 'no Redis server is installed (Debian: redis-server)';
  if (Bun.which('setpriv') === null) return 'setpriv is not installed (Debian: util-linux)';
  return undefined;
}

/** Why there is none to use; undefined where there is one. */
export function whyNoRedis(): string | undefined {
  return (process.env.REDIS_URL ?? '') === '' ? whyNoRedisServer() : undefined;
}

export interface RedisServerOptions {
  /** As the server's command line takes them, of one that listens on that port. */
  readonly settings?: (port: number) => readonly string[];
  /** What `redis-cli` has to be told to get in. */
  readonly cli?: readonly string[];
}

export class RedisServer {
  readonly port: number;
  readonly #directory: string;
  readonly #more: RedisServerOptions;
  #child: Bun.Subprocess | undefined;

  private constructor(port: number, directory: string, more: RedisServerOptions) {
    this.port = port;
    this.#directory = directory;
    this.#more = more;
  }

  static async start(more: RedisServerOptions = {}): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), 'opengateway-redis-'));
    const server = new RedisServer(await freePort(), directory, more);
    await server.resume();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** What it is told by `redis-cli`. */
  tell(...command: readonly string[]): string {
    const cli = ['redis-cli', '-p', String(this.port), ...(this.#more.cli ?? []), ...command];
    return Bun.spawnSync(cli, { stderr: 'ignore', timeout: 5000 }).stdout.toString().trim();
  }

  /** Starts it again, with nothing in it unless it was saved. */
  async resume(): Promise<void> {
    const settings = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#directory,
      '--save',
      '',
      ...(this.#more.settings?.(this.port) ?? []),
    ];
    this.#child = Bun.spawn(['setpriv', '--pdeathsig=KILL', 'redis-server', ...settings], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
    });
    await eventually(() => this.tell('PING') === 'PONG', 'a Redis that answers');
  }

  /** It keeps its connections, and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** One to share: the one `REDIS_URL` names, or one of our own. */
export async function redisUrl(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env.REDIS_URL ?? '';
  return given === '' ? await RedisServer.start() : { url: given, stop: async () => undefined };
}
