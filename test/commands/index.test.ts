/** From argv to a command: help, hints and exit codes. */
import { describe, expect, test } from 'bun:test';
import { version } from '../../src/core/version.ts';
import { invoke } from './invoke.ts';

const names = ['serve', 'config check', 'config schema', 'health', 'version'];

describe('help', () => {
  test.each(['--help', '-h'])('%s lists every command, on standard output', async (flag) => {
    const { code, out, err } = await invoke([flag]);
    expect([code, err]).toEqual([0, '']);
    for (const name of names) expect(out).toContain(`  ${name} `);
  });

  test.each(names)('of %s says how it is used and does nothing else', async (name) => {
    for (const args of [
      [...name.split(' '), '--help'],
      [...name.split(' '), '-h'],
    ]) {
      const { code, out, err } = await invoke(args, { environment: { PORT: 'wrong' } });
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(new RegExp(`^Usage: opengateway (\\[)?${name}`));
    }
  });

  test('of serve explains every flag', async () => {
    const { out } = await invoke(['serve', '--help']);
    for (const flag of ['--config', '--host', '--port', '--data-dir', '--debug', '--log-level'])
      expect(out).toContain(flag);
  });
});

test.each([
  [['sevre'], "unknown command 'sevre'. Did you mean 'serve'?"],
  [['helath'], "Did you mean 'health'?"],
  [['config', 'chekc'], "Did you mean 'config check'?"],
  [['confg', 'check'], "Did you mean 'config check'?"],
  [['xyzzy'], "unknown command 'xyzzy'."],
  [['constructor'], "unknown command 'constructor'."],
  [['version', '--jsno'], "Unknown option '--jsno'. Did you mean 'json'?"],
  [['serve', '--prot', '1'], "Unknown option '--prot'. Did you mean 'port'?"],
  [['--prot=1'], "Unknown option '--prot'. Did you mean 'port'?"],
  [['health', '--ulr', 'x'], "Did you mean 'url'?"],
  [['config', 'check', '--constructor'], "Unknown option '--constructor'."],
  [['serve', '--port'], "Option '--port <value>' argument missing"],
  [['serve', '--debug=yes'], "Option '--debug' does not take an argument"],
  [['serve', 'extra'], "unexpected 'extra'."],
  [['config', 'check', 'a', 'b'], "unexpected 'b'."],
] as [string[], string][])('%j is a mistake: %s', async (args, message) => {
  const { code, out, err } = await invoke(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toStartWith('opengateway: ');
  expect(err).toContain(message);
  expect(err).toContain('Usage: opengateway');
});

describe('version', () => {
  test.each(['version', '--version', '-v'])('%s is one line', async (word) => {
    expect(await invoke([word])).toEqual({ code: 0, out: `opengateway ${version}\n`, err: '' });
  });

  test('--json says more', async () => {
    const { code, out } = await invoke(['version', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      version,
      bun: Bun.version,
      platform: process.platform,
      arch: process.arch,
    });
  });
});

test('a wrong configuration stops serve with exit code 2 and says where', async () => {
  const wrong = { environment: { PORT: 'x' } };
  expect(await invoke(['serve'], wrong)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^environment PORT /) as string,
  });
  expect((await invoke([], { files: { 'opengateway.json': '{\n "prot": 1}' } })).err).toStartWith(
    'opengateway.json:2:2  ',
  );
});

test('a port that is taken stops serve with exit code 1 and says which', async () => {
  const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
  try {
    const { code, err } = await invoke(['serve', '--host', '127.0.0.1', '--port', String(taken.port)]);
    expect(code).toBe(1);
    expect(err).toContain(`cannot listen on 127.0.0.1:${taken.port} (EADDRINUSE)`);
    expect(err).toContain('--port');
  } finally {
    await taken.stop(true);
  }
});
