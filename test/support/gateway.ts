/** Starts the gateway as a user would: the compiled executable, its own process, its own empty data directory. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '..', '..');
export const executable = join(root, 'dist', 'opengateway');
export const rootKey = 'sk-root-for-the-tests-only';

export interface RunningGateway {
  /** Without a trailing slash: http://127.0.0.1:PORT */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  /** Everything the process has written so far; the JSON request log is on stdout, the banner on stderr. */
  stdout(): string;
  stderr(): string;
  /** The parsed JSON lines of stdout. */
  logLines(): Record<string, unknown>[];
  stop(): Promise<number>;
}

export interface GatewayOptions {
  env?: Record<string, string>;
  args?: string[];
  /** Written as opengateway.json into the working directory. */
  config?: unknown;
  /** Written into the working directory by name. */
  files?: Record<string, string>;
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      server.close(() => resolve(address.port));
    });
  });
}

/** The environment a gateway under test sees: nothing of this machine's credentials or settings. */
export function cleanEnv(extra: Record<string, string>): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', ...extra };
}

export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  if (!existsSync(executable)) throw new Error('dist/opengateway is missing: run scripts/build first');
  const dir = mkdtempSync(join(tmpdir(), 'opengateway-test-'));
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(dir, name), text);
  if (options.config !== undefined)
    writeFileSync(join(dir, 'opengateway.json'), JSON.stringify(options.config));
  const port = await freePort();
  const child = Bun.spawn([executable, ...(options.args ?? [])], {
    cwd: dir,
    env: cleanEnv({ HOST: '127.0.0.1', PORT: String(port), ROOT_KEY: rootKey, ...options.env }),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let out = '';
  let err = '';
  const drain = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  };
  void drain(child.stdout, (text) => {
    out += text;
  });
  void drain(child.stderr, (text) => {
    err += text;
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 10_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}: ${err}${out}`);
    const ok = await fetch(`${url}/health`).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) break;
    if (Date.now() > deadline) throw new Error(`the gateway did not answer: ${err}${out}`);
    await Bun.sleep(20);
  }
  return {
    url,
    port,
    pid: child.pid,
    dir,
    stdout: () => out,
    stderr: () => err,
    logLines: () =>
      out
        // The last may be on its way still.
        .slice(0, out.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: async () => {
      child.kill('SIGTERM');
      const gone = await Promise.race([child.exited.then(() => true), Bun.sleep(8_000).then(() => false)]);
      if (!gone) child.kill('SIGKILL');
      const code = await child.exited;
      rmSync(dir, { recursive: true, force: true });
      return code;
    },
  };
}
