/** Addresses that refuse connections, and one that lets them wait for ever: its queue is full and nobody accepts. */
import { afterAll, test } from 'bun:test';
import { bun, directoryWith } from '../support/bun-program.ts';
import { freePort } from '../support/gateway.ts';
import { openConnection, type RawConnection } from '../support/raw-connection.ts';
import { expectOutcome, fails } from './expectation.ts';
import { eachChaosMode } from './fault-suite.ts';

/** Listens, tells its port and then never runs again, so that nothing is accepted. */
const deaf = `
import { createServer } from 'node:net';
import { writeSync } from 'node:fs';
const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  writeSync(1, server.address().port + '\\n');
  for (;;) Bun.sleepSync(1_000_000);
});
`;
const dir = directoryWith({ 'main.js': deaf });
const child = Bun.spawn([bun, 'main.js'], { cwd: dir.path, stdout: 'pipe', stderr: 'inherit' });
const [told] = await child.stdout
  .getReader()
  .read()
  .then(({ value }) => new TextDecoder().decode(value).split('\n'));
const deafPort = Number(told);

/** As many connections as the queue takes; the next ones get no answer at all. */
const queued: RawConnection[] = [];
for (let full = false; !full && queued.length < 16; ) {
  const next = await Promise.race([openConnection(deafPort), Bun.sleep(300)]);
  if (next) queued.push(next);
  else full = true;
}
afterAll(() => {
  child.kill('SIGKILL');
  for (const connection of queued) connection.hangUp();
  dir.remove();
});

eachChaosMode(
  'an address',
  {},
  (stage) => {
    for (const stream of [false, true]) {
      const how = stream ? 'streamed' : 'whole';
      test(`where nobody listens, ${how}`, async () => {
        expectOutcome(await stage().chat('nobody/refuses', { stream }), fails('upstream_unreachable'));
      });
      test(`whose name does not resolve, ${how}`, async () => {
        expectOutcome(await stage().chat('unknown/name', { stream }), fails('upstream_unreachable'));
      });
      test(`that never accepts, ${how}`, async () => {
        expectOutcome(await stage().chat('deaf/queue', { stream }), fails('upstream_timeout', 'maybe'));
      });
    }
  },
  {
    providers: {
      nobody: `http://127.0.0.1:${await freePort()}/v1`,
      unknown: 'http://name.invalid/v1',
      deaf: `http://127.0.0.1:${deafPort}/v1`,
    },
  },
);
