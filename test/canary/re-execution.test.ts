/** That a process can replace itself, with another environment, and stay the same process to whoever started it. */
import { afterAll, expect, test } from 'bun:test';
import { bun, compile, directoryWith, run } from '../support/bun-program.ts';

const program = `
console.log(process.pid, process.env.AGAIN ?? 'first', process.argv.slice(2).join(','));
if (!process.env.AGAIN) {
  const compiled = process.argv[1].startsWith('/$bunfs/');
  const argv = [process.execPath, ...process.argv.slice(compiled ? 2 : 1)];
  process.execve(process.execPath, argv, { ...process.env, AGAIN: 'second' });
}
`;
const dir = directoryWith({ 'main.ts': program });
afterAll(() => dir.remove());

async function lines(command: string[]) {
  const { out, code } = await run([...command, 'serve', '--port=1'], dir.path);
  expect(code).toBe(0);
  return out.split('\n').map((line) => line.split(' '));
}

test.each(['from source', 'compiled'])('process.execve keeps pid and arguments, %s', async (how) => {
  const command = how === 'compiled' ? [await compile(dir, 'canary')] : [bun, 'main.ts'];
  const [first, second] = await lines(command);
  expect(first?.slice(1)).toEqual(['first', 'serve,--port=1']);
  expect(second).toEqual([first?.[0] ?? '', 'second', 'serve,--port=1']);
});
