/**
 * A real PostgreSQL of the tests' own: made below the temporary directory, on a free port of the loopback, and gone with the
 * process that started it, whatever becomes of that. `DATABASE_URL` names another one to use instead.
 */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually } from './eventually.ts';
import { freePort } from './gateway.ts';

const user = 'opengateway';
/** Every character an address must escape: nobody may mistake it. */
export const postgresPassword = 'p@ss/w:rd%?#[ü] never to be seen';

const root = '/usr/lib/postgresql';

/** Where the newest installed server's programs are. */
function programs(): string | undefined {
  const versions = existsSync(root) ? readdirSync(root).map(Number) : [];
  const newest = versions.sort((a, b) => b - a)[0];
  const directory = newest === undefined ? undefined : join(root, String(newest), 'bin');
  return directory !== undefined && existsSync(join(directory, 'initdb')) ? directory : undefined;
}

/** Of an account that may run the server, which refuses to run as root. */
function account(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) =>
    Number(Bun.spawnSync(['id', flag, 'postgres'], { stderr: 'ignore' }).stdout.toString());
  return { uid: id('-u'), gid: id('-g') };
}

/** Why there is none of our own; undefined where there can be one. */
export function whyNoServer(): string | undefined {
  if (programs() === undefined) return 'no PostgreSQL server is installed (Debian: postgresql)';
  if (Bun.which('setpriv') === null) return 'setpriv is not installed (Debian: util-linux)';
  return undefined;
}

/** Why there is none to use; undefined where there is one. */
export function whyNoPostgres(): string | undefined {
  return (process.env.DATABASE_URL ?? '').startsWith('postgres') ? undefined : whyNoServer();
}

function asAccount(command: readonly string[]): string[] {
  const ids = account();
  const privileges = ids === undefined ? [] : [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  // A fast stop once the tests' process is gone, even if it was killed.
  return ['setpriv', ...privileges, '--pdeathsig=INT', ...command];
}

/** Once this process is gone, which ends the server too: a test runner asks nobody before it exits. */
function removeAfterUs(directory: string): void {
  const program =
    'tail --pid="$1" -f /dev/null; for _ in 1 2 3 4 5; do [ -e "$2/data/postmaster.pid" ] || break; sleep 1; done; rm -rf "$2"';
  const ignored = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  Bun.spawn(['sh', '-c', program, 'sh', String(process.pid), directory], ignored).unref();
}

export class PostgresServer {
  readonly port: number;
  readonly #directory: string;
  readonly #programs: string;
  readonly #settings: readonly string[];
  #child: Bun.Subprocess | undefined;

  private constructor(port: number, directory: string, where: string, settings: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    this.#programs = where;
    this.#settings = settings;
  }

  /** `settings`: as the server's `-c` takes them. */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const where = programs();
    if (where === undefined) throw new Error(whyNoServer());
    const directory = mkdtempSync(join(tmpdir(), 'opengateway-postgres-'));
    const secret = join(directory, 'password');
    writeFileSync(secret, postgresPassword);
    const ids = account();
    if (ids !== undefined) for (const path of [directory, secret]) chownSync(path, ids.uid, ids.gid);
    const made = Bun.spawnSync(
      asAccount([
        ...[join(where, 'initdb'), '-D', join(directory, 'data'), '-U', user, '--pwfile', secret],
        ...['--no-sync', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8'],
      ]),
      { cwd: directory },
    );
    if (made.exitCode !== 0) throw new Error(`initdb failed: ${made.stderr.toString()}`);
    const server = new PostgresServer(await freePort(), directory, where, settings);
    removeAfterUs(directory);
    await server.begin();
    return server;
  }

  get directory(): string {
    return this.#directory;
  }

  /** As an administrator of the server, in a schema of one's own where one is named. */
  url(schema?: string): string {
    const where = schema === undefined ? '' : `?options=${encodeURIComponent(`-csearch_path=${schema}`)}`;
    return `postgres://${user}:${encodeURIComponent(postgresPassword)}@127.0.0.1:${this.port}/postgres${where}`;
  }

  /** Starts it, again if it was stopped, and waits until it takes connections. */
  async begin(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=16MB', 'fsync=off'],
      ...this.#settings,
    ];
    this.#child = Bun.spawn(
      asAccount([
        ...[join(this.#programs, 'postgres'), '-D', join(this.#directory, 'data')],
        ...settings.flatMap((setting) => ['-c', setting]),
      ]),
      { cwd: this.#directory, stdout: 'ignore', stderr: Bun.file(join(this.#directory, 'log')) },
    );
    const ready = [join(this.#programs, 'pg_isready'), '-h', '127.0.0.1', '-p', String(this.port), '-q'];
    await eventually(() => Bun.spawnSync(ready).exitCode === 0, 'PostgreSQL takes connections');
  }

  /** Every process of it, the server first. */
  pids(): number[] {
    const first = this.#child?.pid;
    if (first === undefined) return [];
    const inner = Bun.spawnSync(['ps', '-o', 'pid=', '--ppid', String(first)]).stdout.toString();
    return [first, ...inner.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]))];
  }

  freeze(): void {
    for (const pid of this.pids()) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.pids().reverse())
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // Its workers come and go.
      }
  }

  /** `SIGINT` stops it at once and in order, `SIGKILL` as a crash of the machine would. */
  async end(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const pids = signal === 'SIGKILL' ? this.pids() : [];
    this.#child?.kill(signal);
    for (const pid of pids)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with the first.
      }
    await this.#child?.exited;
    this.#child = undefined;
  }

  stop(): void {
    this.#remove();
  }

  /** Waits, since what still runs would still write. */
  #remove(): void {
    if (this.#child !== undefined) {
      this.thaw();
      const stop = [join(this.#programs, 'pg_ctl'), 'stop', '-D', join(this.#directory, 'data')];
      Bun.spawnSync(asAccount([...stop, '-m', 'fast', '-w', '-t', '5', '-s']), { cwd: this.#directory });
      this.#child = undefined;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

let shared: Promise<PostgresServer> | undefined;

/** Of the one server the tests of this process share. */
async function sharedUrl(schema?: string): Promise<string> {
  const given = process.env.DATABASE_URL ?? '';
  if (given.startsWith('postgres')) {
    if (schema === undefined) return given;
    const url = new URL(given);
    url.searchParams.set('options', `-csearch_path=${schema}`);
    return url.href;
  }
  shared ??= PostgresServer.start();
  return (await shared).url(schema);
}

export interface Schema {
  readonly name: string;
  readonly url: string;
  /** A statement of the test's own. */
  ask(text: string): Promise<readonly Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** An empty place in a database, for one test. */
export async function newSchema(): Promise<Schema> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  return await schemaAt(await sharedUrl(), await sharedUrl(name), name);
}

export async function schemaAt(adminUrl: string, url: string, name: string): Promise<Schema> {
  const library = { max: 1, onnotice: () => {} };
  const admin = postgres(adminUrl, library);
  await admin.unsafe(`CREATE SCHEMA IF NOT EXISTS "${name}"`);
  await admin.unsafe(`SET search_path TO "${name}"`);
  return {
    name,
    url,
    ask: async (text) => await admin.unsafe(text),
    async remove() {
      await admin.unsafe(`DROP SCHEMA "${name}" CASCADE`);
      await admin.end({ timeout: 1 });
    },
  };
}
