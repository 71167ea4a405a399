/** What a client sees of an exception thrown by a handler, with and without `development: false`. */
import { describe, expect, test } from 'bun:test';
import { directoryWith, runSource } from '../support/bun-program.ts';

const program = `
const options = process.env.PLAIN ? {} : { development: false };
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', ...options, fetch() { throw new Error('sk-canary'); } });
const reply = await fetch(server.url);
console.log(reply.status, (await reply.text()).includes('sk-canary'));
process.exit(0);
`;
const show = async (env: Record<string, string>) => {
  const dir = directoryWith({ 'main.js': program });
  const { out, err } = await runSource(dir, 'main.js', env);
  dir.remove();
  return { out, logged: err.includes('sk-canary') };
};

describe('the page for an exception', () => {
  test('shows it by default', async () => {
    expect((await show({ PLAIN: '1' })).out).toBe('500 true');
  });
  test('keeps it with development: false, but it is still printed on stderr', async () => {
    expect(await show({})).toEqual({ out: '500 false', logged: true });
  });
  test('keeps it with NODE_ENV=production', async () => {
    expect((await show({ PLAIN: '1', NODE_ENV: 'production' })).out).toBe('500 false');
  });
});
