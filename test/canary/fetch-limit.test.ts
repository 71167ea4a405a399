/** How many fetches Bun runs at once, and when it reads the variable that raises the number. */
import { afterAll, describe, expect, test } from 'bun:test';
import { directoryWith, runSource } from '../support/bun-program.ts';

/** Opens 300 calls to a server that never answers and prints how many connections arrived. */
const program = `
import { createServer } from 'node:net';
const wanted = process.env.WANTED;
if (wanted) process.env.BUN_CONFIG_MAX_HTTP_REQUESTS = wanted;
let open = 0;
const server = createServer((socket) => { open += 1; socket.on('error', () => {}); });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
for (let i = 0; i < 300; i += 1) fetch('http://127.0.0.1:' + server.address().port).catch(() => {});
for (let still = -1; still !== open || open === 0; await Bun.sleep(150)) still = open;
console.log(open);
process.exit(0);
`;
const dir = directoryWith({ 'main.js': program });
afterAll(() => dir.remove());

const connections = async (env: Record<string, string>) => Number((await runSource(dir, 'main.js', env)).out);
const name = 'BUN_CONFIG_MAX_HTTP_REQUESTS';

describe('fetches at once', () => {
  test('are 256 by default', async () => {
    expect(await connections({})).toBe(256);
  });
  test(`stay 256 when the process sets ${name} itself`, async () => {
    expect(await connections({ WANTED: '65535' })).toBe(256);
  });
  test(`are as many as ${name} says at the start, 65535 at most`, async () => {
    expect(await connections({ [name]: '65535' })).toBe(300);
  });
  test.each(['65536', '0', 'many'])(`stay 256 when ${name} is %s, without a word`, async (value) => {
    expect(await connections({ [name]: value })).toBe(256);
  });
});
