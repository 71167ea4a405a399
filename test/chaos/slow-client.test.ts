/** A client that does not read: the gateway waits for it without filling its memory, and forgets nothing. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { rootKey } from '../support/gateway.ts';
import { openConnection } from '../support/raw-connection.ts';
import type { ChaosStage } from './chaos-stage.ts';
import { eachChaosMode } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import { chunkedHead, chunkFrame, closing, deltaOf, done, eventOf, lastChunk, opening } from './script.ts';

const event = chunkFrame(eventOf(deltaOf('x'.repeat(65_000))));
/** What the upstream has handed to its socket for the call of that name. */
const handedOver = new Map<string, number>();

/** As many megabytes of events as the model's name says, no faster than they are taken. */
async function flood({ socket, argument, body }: FaultCall): Promise<void> {
  const [megabytes = '0'] = argument.split('-');
  socket.write(chunkedHead({ type: 'stream' }) + chunkFrame(opening));
  let sent = 0;
  while (sent < Number(megabytes) << 20 && socket.writable) {
    sent += event.length;
    handedOver.set(String((JSON.parse(body) as { model: string }).model), sent);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (!socket.write(event))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  if (socket.writable) socket.write(chunkFrame(closing + eventOf(done)) + lastChunk);
}

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

async function callWithoutReading(stage: ChaosStage, model: string) {
  const client = await openConnection(stage.gateway.port);
  client.socket.pause();
  const body = JSON.stringify({
    model: `local/${model}`,
    stream: true,
    messages: [{ role: 'user', content: 'x' }],
  });
  client.send(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${stage.gateway.port}\r\nConnection: close\r\n` +
      `Authorization: Bearer ${rootKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await eventually(() => (handedOver.get(model) ?? 0) > 0, 'the flood beginning');
  for (let before = -1; before !== handedOver.get(model); await Bun.sleep(200))
    before = handedOver.get(model) ?? 0;
  return client;
}

const mebibyte = 1 << 20;

eachChaosMode(
  'a client that does not read',
  { flood },
  (stage, mode) => {
    test('holds the upstream back, and memory stays flat', async () => {
      const before = residentBytes(stage().gateway.pid);
      const clients = await Promise.all(
        [1, 2, 3].map((i) => callWithoutReading(stage(), `flood.300-${mode}-${i}`)),
      );
      expect(residentBytes(stage().gateway.pid) - before).toBeLessThan(150 * mebibyte);
      for (const i of [1, 2, 3])
        expect(handedOver.get(`flood.300-${mode}-${i}`) ?? 0).toBeLessThan(100 * mebibyte);
      for (const client of clients) client.hangUp();
      await eventually(() => stage().upstream.open() <= 1, 'the upstream connections closing');
    });

    test('for longer than any deadline, and then does, misses nothing', async () => {
      const megabytes = 25;
      const client = await callWithoutReading(stage(), `flood.${megabytes}-${mode}`);
      await Bun.sleep(2_500);
      client.socket.resume();
      const heard = await client.closed(30_000);
      expect(heard).not.toContain('"error"');
      expect(heard).toContain('data: [DONE]');
      const events = heard.split('"content":"xxxx').length - 1;
      expect(events).toBe(Math.ceil((megabytes * mebibyte) / event.length));
    });
  },
  { limits: { maxReplyBytes: 1 << 30 } },
);
