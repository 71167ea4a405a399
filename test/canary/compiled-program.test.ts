/** That a compiled executable can load TypeScript from disk, and what its uncaught errors show of the source. */
import { afterAll, describe, expect, test } from 'bun:test';
import { compile, directoryWith, run } from '../support/bun-program.ts';

const dir = directoryWith({
  'main.ts': `
const [plugin] = process.argv.slice(2);
if (!plugin) throw new Error('uncaught'); // a private remark
const { greet } = await import(plugin);
console.log(greet('canary'));
`,
  'plugin.ts': `export const greet = (name: string): string => \`hello \${name}\`;\n`,
});
afterAll(() => dir.remove());

const hardening = ['--minify', '--bytecode', '--format=esm'];

describe('import() of a TypeScript file at run time', () => {
  test.each([
    ['plain', []],
    ['bytecode', hardening],
  ])('works in a %s executable', async (name, flags) => {
    const executable = await compile(dir, name, flags);
    expect((await run([executable, `${dir.path}/plugin.ts`], '/')).out).toBe('hello canary');
  });
});

describe('an uncaught error', () => {
  test('shows the original source with an inline source map', async () => {
    const { err, code } = await run([await compile(dir, 'mapped', ['--sourcemap=inline'])], dir.path);
    expect(code).toBe(1);
    expect(err).toContain('a private remark');
    expect(err).toContain('main.ts:3');
  });
  test('shows only the bundled code with --sourcemap=none', async () => {
    const flags = [...hardening, '--sourcemap=none'];
    const { err } = await run([await compile(dir, 'unmapped', flags)], dir.path);
    expect(err).toContain('error: uncaught');
    expect(err).not.toContain('a private remark');
    expect(err).not.toContain('main.ts:3');
  });
});
