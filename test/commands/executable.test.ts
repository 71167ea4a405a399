/** The compiled executable as a script meets it: exit codes, and what goes to which stream. */
import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { directoryWith, run } from '../support/bun-program.ts';
import { executable } from '../support/gateway.ts';

const present = existsSync(executable);
const directory = directoryWith({ 'bad.json': '{\n  "prot": 1\n}', '.env': 'PORT=not-a-port' });
const empty = directoryWith({});
afterAll(() => {
  directory.remove();
  empty.remove();
});

describe.skipIf(!present)(`dist/opengateway${present ? '' : ' (skipped: not built)'}`, () => {
  test.each([
    [['version', '--json'], 0, /^\{"version":"\d/, /^$/],
    [['--help'], 0, /^Usage: opengateway/, /^$/],
    [['--prot', '1'], 2, /^$/, /Did you mean 'port'\?/],
    [['sevre'], 2, /^$/, /Did you mean 'serve'\?/],
    [
      ['config', 'check', 'bad.json'],
      2,
      /^$/,
      /^bad\.json:2:3 {2}unknown key 'prot'\. Did you mean 'port'\?/,
    ],
    [['config', 'check'], 2, /^$/, /PORT|\.env:1/],
    [['health', '--url', 'http://127.0.0.1:1'], 1, /^$/, /does not answer/],
  ] as [string[], number, RegExp, RegExp][])('%j exits with %d', async (args, code, out, err) => {
    const ran = await run([executable, ...args], directory.path);
    expect(ran.out).toMatch(out);
    expect(ran.err).toMatch(err);
    expect(ran.code).toBe(code);
  });

  test('a port that is taken exits with 1', async () => {
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
    const ran = await run([executable, '--host', '127.0.0.1', '--port', String(taken.port)], empty.path);
    await taken.stop(true);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('EADDRINUSE');
  });
});
