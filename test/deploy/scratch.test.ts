/**
 * The scratch image without an image engine: the tree Dockerfile.scratch copies, entered with chroot as the image's user,
 * in namespaces of its own that give it /proc, /dev and name resolution as an engine would.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv, executable, freePort, rootKey } from '../support/gateway.ts';

const root = join(import.meta.dir, '..', '..');
const user = 65532;

/** Mounts what an engine mounts, then becomes the image's user; all of it ends with the process. */
const enter = `set -eu
tree=$1; shift
mkdir -p "$tree/proc" "$tree/dev"
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
for file in hosts resolv.conf; do
  [ -e "$tree/etc/$file" ] || : > "$tree/etc/$file"
  mount --bind "/etc/$file" "$tree/etc/$file"
done
exec chroot --userspec=${user}:${user} "$tree" "$@"`;

function isolated(tree: string, command: readonly string[]): string[] {
  return ['unshare', '--mount', '--pid', '--fork', 'sh', '-c', enter, 'sh', tree, ...command];
}

function reasonToSkip(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const tried = Bun.spawnSync(
    ['unshare', '--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  return tried.exitCode === 0 ? undefined : `no namespaces: ${tried.stderr.toString().trim()}`;
}

const missing = reasonToSkip();
if (missing !== undefined) process.stderr.write(`skipped, no scratch image: ${missing}\n`);

/** Files, and directories that hold nothing, below the tree. */
function leaves(tree: string, below = ''): string[] {
  const entries = readdirSync(join(tree, below), { withFileTypes: true });
  if (entries.length === 0) return [below];
  return entries.flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? leaves(tree, path) : [path];
  });
}

/** The process that unshare forked, which is the gateway once everything was exec'ed. */
function childOf(pid: number): number | undefined {
  const status = /^PPid:\t(\d+)$/m;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((candidate) => {
      try {
        return status.exec(readFileSync(`/proc/${candidate}/status`, 'utf8'))?.[1] === String(pid);
      } catch {
        return false;
      }
    });
}

interface Inside {
  readonly url: string;
  readonly env: Record<string, string>;
  readonly pid: number;
  stop(): Promise<number>;
}

async function startInside(tree: string, extra: Record<string, string>): Promise<Inside> {
  const port = await freePort();
  const env = cleanEnv({
    HOST: '127.0.0.1',
    PORT: String(port),
    ROOT_KEY: rootKey,
    OPENGATEWAY_DATA_DIR: '/data',
    ...extra,
  });
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const outer = Bun.spawn(isolated(tree, ['/opengateway']), { env, stdio });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 10_000;
  while (
    !(await fetch(`${url}/health`).then(
      (reply) => reply.ok,
      () => false,
    ))
  ) {
    const over = outer.exitCode !== null || Date.now() > deadline;
    if (over) {
      outer.kill('SIGKILL');
      throw new Error(`no answer from inside the tree: ${await new Response(outer.stderr).text()}`);
    }
    await Bun.sleep(20);
  }
  const pid = childOf(outer.pid);
  if (pid === undefined) throw new Error('the gateway inside the tree was not found');
  return {
    url,
    env,
    pid,
    async stop() {
      process.kill(pid, 'SIGTERM');
      const late = setTimeout(() => process.kill(pid, 'SIGKILL'), 8_000);
      const code = await outer.exited;
      clearTimeout(late);
      return code;
    },
  };
}

function ask(gateway: Inside, model: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  });
}

describe.skipIf(missing !== undefined)('the scratch image', () => {
  const work = mkdtempSync(join(tmpdir(), 'opengateway-scratch-'));
  const tree = join(work, 'tree');
  const started: Inside[] = [];
  const start = async (env: Record<string, string>) => {
    const gateway = await startInside(tree, env);
    started.push(gateway);
    return gateway;
  };

  beforeAll(() => {
    if (!existsSync(executable)) throw new Error('dist/opengateway is missing: run scripts/build first');
    const made = Bun.spawnSync([join(root, 'scripts', 'scratch'), '--out', tree], { cwd: root });
    if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  }, 60_000);

  afterAll(async () => {
    for (const gateway of started) await gateway.stop().catch(() => {});
    rmSync(work, { recursive: true, force: true });
  });

  test('holds the executable, its libraries and nothing else', () => {
    const library =
      /^(?:usr\/)?lib(?:64)?\/(?:[a-z0-9_-]+\/)?(?:lib(?:c|m|dl|pthread)\.so\.\d|ld-linux-[a-z0-9-]+\.so\.\d)$/;
    const found = leaves(tree).sort();
    expect(found.filter((path) => !library.test(path))).toEqual([
      'data',
      'etc/group',
      'etc/nsswitch.conf',
      'etc/passwd',
      'opengateway',
    ]);
    expect(found.filter((path) => library.test(path)).length).toBe(5);
  });

  test('gives the user its data directory and nothing else to write', () => {
    const data = statSync(join(tree, 'data'));
    expect([data.uid, data.gid, data.mode & 0o777]).toEqual([user, user, 0o700]);
    const writable = leaves(tree)
      .map((path) => ({ path, stat: statSync(join(tree, path)) }))
      .filter(({ stat }) => stat.uid === user || (stat.mode & 0o022) !== 0);
    expect(writable.map(({ path }) => path)).toEqual(['data']);
  });

  test('answers the first call as that user, passes its health check and stops when told', async () => {
    const gateway = await start({});
    const reply = await ask(gateway, 'demo/echo');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'Echo: Hello' } }] });
    expect(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\t${user}\\t${user}\\t${user}\\t${user}$`, 'm'),
    );

    const health = () => Bun.spawn(isolated(tree, ['/opengateway', 'health']), { env: gateway.env }).exited;
    expect(await health()).toBe(0);
    expect(await gateway.stop()).toBe(0);
    expect(await health()).toBe(1);
  }, 30_000);

  test.skipIf(Bun.which('openssl') === null)(
    'reaches a provider by name over TLS with a CA of one’s own',
    async () => {
      const files = ['-keyout', join(work, 'key.pem'), '-out', join(tree, 'data', 'ca.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const made = Bun.spawnSync(
        ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      if (made.exitCode !== 0) throw new Error(made.stderr.toString());
      const provider = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        tls: { key: Bun.file(join(work, 'key.pem')), cert: Bun.file(join(tree, 'data', 'ca.pem')) },
        fetch: () => Response.json({ object: 'chat.completion', choices: [] }),
      });
      try {
        const env = { LOCAL_BASE_URL: `https://localhost:${provider.port}/v1` };
        const stranger = await ask(await start(env), 'local/any');
        expect(stranger.status).toBe(502);
        expect(await stranger.json()).toMatchObject({ error: { code: 'upstream_unreachable' } });
        const trusted = await ask(await start({ ...env, NODE_EXTRA_CA_CERTS: '/data/ca.pem' }), 'local/any');
        expect(trusted.status).toBe(200);
      } finally {
        await provider.stop(true);
      }
    },
    30_000,
  );
});
