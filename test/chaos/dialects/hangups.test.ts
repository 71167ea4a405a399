/** Clients of every dialect that hang up, before the first byte and in mid-stream, and clients that do not read. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { eventually } from '../../support/eventually.ts';
import { openConnection, type RawConnection } from '../../support/raw-connection.ts';
import type { FaultCall, Play } from '../fault-upstream.ts';
import { clients } from './clients.ts';
import { type Asker, describeAsker } from './dialect-stage.ts';
import { askersOf, complaintsOf, dialectStage } from './dialect-suite.ts';
import { chunked, chunkOf, dialects, headOf, lastChunk, openingOf, restOf, scripts } from './wire-script.ts';

/** Deadlines far beyond a test's life: only the hang-up can end these calls. */
const timeouts = { connectMs: 100_000, firstByteMs: 100_000, idleMs: 100_000 };

/** By the call's own number: the upstream's end of it, and how much it has handed over. */
const calls = new Map<string, { socket: Socket; sent: number }>();

const noted =
  (play: Play): Play =>
  (call) => {
    calls.set(call.argument, { socket: call.socket, sent: 0 });
    return play(call);
  };

const begin = ({ format, stream, say }: FaultCall) =>
  say(
    stream
      ? Buffer.concat([Buffer.from(headOf(format, true, [chunked])), chunkOf(openingOf(scripts[format]))])
      : headOf(format, false, ['Content-Length: 900']) + scripts[format].whole.slice(0, 40),
  );

const plays: Readonly<Record<string, Play>> = {
  'never-answers': noted(() => {}),
  'silent-after-head': noted(({ format, stream, say }) => say(headOf(format, stream, [chunked]))),
  'silent-within-body': noted(begin),
  'goes-on': noted(async (call) => {
    await begin(call);
    const piece = call.stream ? chunkOf(scripts[call.format].delta('more ')) : Buffer.from(' ');
    while (call.socket.writable) await call.say(piece);
  }),
  flood: noted(flood),
};

/** Forty megabytes of events, no faster than they are taken. */
async function flood({ format, argument, socket }: FaultCall): Promise<void> {
  const call = calls.get(argument);
  const event = chunkOf(scripts[format].delta('x'.repeat(65_000)));
  socket.write(
    Buffer.concat([Buffer.from(headOf(format, true, [chunked])), chunkOf(openingOf(scripts[format]))]),
  );
  const closed = new Promise((resolve) => socket.once('close', resolve));
  while (call !== undefined && call.sent < floodBytes && socket.writable) {
    call.sent += event.length;
    if (!socket.write(event))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  if (socket.writable)
    socket.write(Buffer.concat([chunkOf(restOf(scripts[format])), Buffer.from(lastChunk)]));
}

const mebibyte = 1 << 20;
const floodBytes = 40 * mebibyte;
let numbers = 0;

function requestText({ client, stream, format }: Asker, scenario: string, id: string): string {
  const asked = clients[client].request(`${format}/${scenario}.${id}`, stream);
  const body = JSON.stringify(asked.body);
  const lines = Object.entries({ ...asked.headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `POST ${asked.path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n${lines.join('')}\r\n${body}`;
}

async function callOf(id: string): Promise<{ socket: Socket; sent: number }> {
  return await eventually(() => calls.get(id), 'the upstream call');
}

/** By client dialect and upstream format, in the form of a call whose client never says another word. */
async function send(
  asker: Asker,
  port: number,
  scenario: string,
): Promise<{ id: string; connection: RawConnection }> {
  numbers += 1;
  const id = `h${numbers}`;
  const connection = await openConnection(port);
  connection.send(requestText(asker, scenario, id));
  return { id, connection };
}

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Something of the body has come. */
const hasBody = (heard: string) => heard.includes('\r\n\r\n') && heard.length > heard.indexOf('\r\n\r\n') + 8;

describe('a client that hangs up', () => {
  dialectStage(
    plays,
    (stage) => {
      for (const scenario of Object.keys(plays).filter((name) => name !== 'flood'))
        for (const how of ['destroy', 'resetAndDestroy'] as const)
          test(`by ${how} while the upstream ${scenario} takes it along`, async () => {
            const askers = dialects.flatMap((format) =>
              [false, true].flatMap((stream) => askersOf(format, stream)),
            );
            const check = async (asker: Asker) => {
              const gateway = stage().gateways[asker.mode];
              const { id, connection } = await send(asker, gateway.port, scenario);
              const call = await callOf(id);
              if (asker.stream && ['silent-within-body', 'goes-on'].includes(scenario))
                await connection.heardUntil(hasBody);
              expect(call.socket.destroyed).toBe(false);
              connection.socket[how]();
              const since = performance.now();
              await eventually(() => call.socket.destroyed, 'the upstream connection closing');
              // At once, as far as a loaded machine knows the word.
              expect(performance.now() - since).toBeLessThan(5_000);
              const line = await eventually(
                () =>
                  gateway
                    .stdout()
                    .split('\n')
                    .find((text) => text.includes(`.${id}"`)),
                'the log line',
              );
              expect(JSON.parse(line)).toMatchObject({ status: 499, error: 'client_closed_request' });
            };
            expect(await complaintsOf(askers, check)).toEqual([]);
          });

      const slow = (format: ConversationDialect): Asker[] => askersOf(format, true, true);

      test('or does not read holds the upstream back, and memory stays flat', async () => {
        const askers = dialects.flatMap(slow);
        const before = { passthrough: 0, translated: 0 };
        for (const mode of ['passthrough', 'translated'] as const)
          before[mode] = residentBytes(stage().gateways[mode].pid);
        const held = await Promise.all(
          askers.map(async (asker) => {
            const { id, connection } = await send(asker, stage().gateways[asker.mode].port, 'flood');
            connection.socket.pause();
            const call = await callOf(id);
            for (let sent = -1; sent !== call.sent; await Bun.sleep(400)) sent = call.sent;
            return { asker, call, connection };
          }),
        );
        const all = held
          .filter(({ call }) => call.sent >= floodBytes)
          .map(({ asker }) => describeAsker(asker));
        expect(all).toEqual([]);
        for (const mode of ['passthrough', 'translated'] as const)
          expect(residentBytes(stage().gateways[mode].pid) - before[mode]).toBeLessThan(300 * mebibyte);
        for (const { connection } of held) connection.hangUp();
        for (const { call } of held)
          await eventually(() => call.socket.destroyed, 'the upstream connection closing');
      });
    },
    { timeouts, maxReplyBytes: 1 << 30 },
  );
});
