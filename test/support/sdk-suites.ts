/** Runs the test suite of a Python SDK directly against a mock server and through the gateway; see test/e2e/suites. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv, freePort, startGateway } from './gateway.ts';
import { missingPart, python } from './parts.ts';

const root = join(import.meta.dir, '..', '..');
const plugins = join(root, 'test', 'e2e', 'suites');
const folder = join(root, '.tools', 'suites');

export interface SdkSuite {
  readonly package: 'openai' | 'anthropic';
  /** The path of its API's version at the mock server, as the SDK's base URL has it: `/v1`, or nothing. */
  readonly direct: string;
  /** The same, for each base URL of the gateway that clients may use. */
  readonly mounts: readonly string[];
  /** Folders below the suite's that are left out. */
  readonly ignored: readonly string[];
  /** The mock server's reply to the gateway's question for models. */
  readonly models: object;
}

/** One test of the suite through one base URL of the gateway. `passed`, `skipped`, or how it failed. */
export interface SuiteOutcome {
  readonly id: string;
  readonly direct: string;
  /** How many requests the test makes. */
  readonly requests: number;
  readonly mount: string;
  readonly through: string;
  /** How what the upstream was asked differs from what it was asked directly; empty where it does not. */
  readonly difference: string;
}

function suiteFolder(name: string): string | undefined {
  const pinned = readFileSync(join(root, 'test', 'e2e', 'requirements.txt'), 'utf8');
  const version = new RegExp(`^${name}==(\\S+)$`, 'm').exec(pinned)?.[1];
  const path = join(folder, `${name}-${version}`);
  return existsSync(join(path, 'tests', 'api_resources')) && existsSync(join(folder, '.installed'))
    ? path
    : undefined;
}

/** Why the suites cannot be run, said on standard error too; undefined where they can. */
export function missingSuites(): string | undefined {
  const clients = missingPart('clients');
  if (clients !== undefined) return clients;
  if (suiteFolder('openai') !== undefined && suiteFolder('anthropic') !== undefined) return undefined;
  const reason = "the clients' test suites are not installed: run scripts/parts";
  process.stderr.write(`skipped: ${reason}\n`);
  return reason;
}

export async function runSuite(suite: SdkSuite): Promise<SuiteOutcome[]> {
  const name = suite.package;
  const port = await freePort();
  const upstream = `http://127.0.0.1:${port}`;
  const gateway = await startGateway({
    env: {
      REQUIRE_AUTH: 'false',
      LOG_LEVEL: 'error',
      [`${name.toUpperCase()}_API_KEY`]: 'sk-upstream',
      [`${name.toUpperCase()}_BASE_URL`]: `${upstream}/v1`,
    },
    config: { providers: { [name]: { models: ['*'] } } },
  });
  const scratch = mkdtempSync(join(tmpdir(), 'opengateway-suite-'));
  const results = join(scratch, 'results.jsonl');
  const ignored = suite.ignored.map((path) => `--ignore=tests/api_resources/${path}`);
  try {
    const plain = ['-p', 'plugin', '-p', 'no:logging', '-p', 'no:cacheprovider', '-o', 'addopts=', '-q'];
    const child = Bun.spawn([python, '-m', 'pytest', ...plain, 'tests/api_resources', ...ignored], {
      cwd: suiteFolder(name) ?? folder,
      env: cleanEnv({
        PYTHONPATH: [plugins, join(folder, 'lib')].join(':'),
        PYTHONPYCACHEPREFIX: join(scratch, 'bytecode'),
        PYTHONUTF8: '1',
        DEFER_PYDANTIC_BUILD: 'false',
        TEST_API_BASE_URL: upstream + suite.direct,
        SUITE_PACKAGE: name,
        SUITE_PORT: String(port),
        SUITE_RESULTS: results,
        SUITE_MODELS: JSON.stringify(suite.models),
        SUITE_GATEWAY_URLS: JSON.stringify(
          Object.fromEntries(suite.mounts.map((mount) => [mount, gateway.url + mount])),
        ),
      }),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(`the suite of ${name} ended with ${code}: ${out.slice(-4000)}${err}`);
    const lines = readFileSync(results, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SuiteOutcome);
  } finally {
    await gateway.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}
