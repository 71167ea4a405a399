/** An exchange that is given up in the middle leaves no rejection behind that would end the process. */
import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { bun, run } from '../support/bun-program.ts';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const source = join(import.meta.dir, '..', '..', 'src', 'upstream');
const upstream = await startTcpUpstream(({ socket, head }) => {
  const coding = head.includes('/coded') ? 'Content-Encoding: gzip\r\n' : '';
  socket.write(`HTTP/1.1 200 OK\r\n${coding}Transfer-Encoding: chunked\r\n\r\n`);
  if (coding === '') socket.write('5\r\nbegin\r\n');
});
afterAll(() => upstream.stop());

/** Run by itself: a rejection that nobody handles ends this program with another code. */
const program = `
import { Exchange } from ${JSON.stringify(join(source, 'exchange.ts'))};
import { HttpClient } from ${JSON.stringify(join(source, 'http1', 'client.ts'))};
import { TimerWheel } from ${JSON.stringify(join(source, 'timer-wheel.ts'))};
const wheel = new TimerWheel();
const transport = new HttpClient({ environment: {} });
const limits = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, maxReplyBytes: 1000 };
async function giveUp(path, how) {
  const url = 'http://127.0.0.1:${upstream.port}' + path;
  const exchange = new Exchange(wheel, limits, { provider: 'p', transport, method: 'GET', url, headers: {} });
  const opening = exchange.open();
  if (how === 'opening') { exchange.close(); await opening.catch(() => {}); return; }
  await opening;
  if (how === 'reading') { const read = exchange.readChunk(); exchange.close(); await read.catch(() => {}); return; }
  if (how === 'gathering') { const read = exchange.readText(); exchange.close(); await read.catch(() => {}); return; }
  if (how === 'flowing') exchange.flow({ chunk() {}, end() {}, failed() {} });
  exchange.close();
}
for (let round = 0; round < 5; round++)
  for (const path of ['/plain', '/coded'])
    for (const how of ['opening', 'reading', 'gathering', 'flowing', 'idle']) await giveUp(path, how);
await Bun.sleep(200);
if (wheel.size !== 0) throw new Error('deadlines are left: ' + wheel.size);
console.log('lived');
`;

test('a reader cancelled while a signal aborts', async () => {
  const { code, out, err } = await run([bun, '-e', program], import.meta.dir);
  expect({ code, out, err }).toEqual({ code: 0, out: 'lived', err: '' });
});
