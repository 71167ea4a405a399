/** What a compiled executable takes from its working directory and environment, with and without hardening flags. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { bun, compile, directoryWith, run } from '../support/bun-program.ts';

const dir = directoryWith({
  'main.ts': `console.log(process.env['FROM_DOTENV'] ?? '-', Reflect.get(globalThis, 'preloaded') ?? '-');`,
});
const cwd = directoryWith({
  '.env': 'FROM_DOTENV=dotenv\n',
  'bunfig.toml': 'preload = ["./preload.ts"]\n',
  'preload.ts': `Reflect.set(globalThis, 'preloaded', 'preload');`,
});
let plain = '';
let hardened = '';
beforeAll(async () => {
  plain = await compile(dir, 'plain');
  hardened = await compile(dir, 'hardened', ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig']);
});
afterAll(() => {
  dir.remove();
  cwd.remove();
});

describe('an executable compiled without flags', () => {
  test('loads .env and the preload of bunfig.toml', async () => {
    expect((await run([plain], cwd.path)).out).toBe('dotenv preload');
  });
});

describe('an executable compiled with both --no-compile-autoload flags', () => {
  test('loads neither', async () => {
    expect((await run([hardened], cwd.path)).out).toBe('- -');
  });
  test('still obeys BUN_OPTIONS', async () => {
    const env = { BUN_OPTIONS: '--preload ./preload.ts' };
    expect((await run([hardened], cwd.path, env)).out).toBe('- preload');
  });
  test('still is Bun itself with BUN_BE_BUN', async () => {
    expect((await run([hardened, '--version'], cwd.path, { BUN_BE_BUN: '1' })).out).toBe(Bun.version);
  });
});

test('Bun itself loads both', async () => {
  expect((await run([bun, `${dir.path}/main.ts`], cwd.path)).out).toBe('dotenv preload');
});
