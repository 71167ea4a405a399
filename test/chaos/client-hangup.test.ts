/** A client that hangs up: the upstream call ends at once, before the first byte, in silence and in mid-stream. */
import { expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { rootKey } from '../support/gateway.ts';
import { openConnection } from '../support/raw-connection.ts';
import { eachChaosMode } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import { chunkedHead, chunkFrame, completionText, deltaOf, eventOf, headOf, opening } from './script.ts';

/** Deadlines far beyond a test's life: only the hang-up can end these calls. */
const timeouts = { connectMs: 100_000, firstByteMs: 100_000, idleMs: 100_000 };

const plays = {
  'never-answers': () => {},
  'silent-after-head': ({ stream, say }: FaultCall) =>
    say(stream ? chunkedHead({ type: 'stream' }) : headOf({ headers: ['Content-Length: 900'] })),
  'silent-within-body': ({ stream, say }: FaultCall) =>
    say(
      stream
        ? chunkedHead({ type: 'stream' }) + chunkFrame(opening)
        : headOf({ headers: ['Content-Length: 900'] }) + completionText.slice(0, 50),
    ),
  'goes-on': async ({ stream, say, socket }: FaultCall) => {
    await say(stream ? chunkedHead({ type: 'stream' }) + chunkFrame(opening) : chunkedHead({}));
    const piece = chunkFrame(stream ? eventOf(deltaOf('more ')) : ' ');
    while (socket.writable) await say(piece);
  },
};

eachChaosMode(
  'a client that hangs up',
  plays,
  (stage) => {
    for (const scenario of Object.keys(plays))
      for (const stream of [false, true])
        for (const how of ['destroy', 'resetAndDestroy'] as const)
          test(`by ${how} while the upstream ${scenario}, ${stream ? 'streamed' : 'whole'}`, async () => {
            const { gateway, upstream } = stage();
            const before = upstream.played.length;
            const client = await openConnection(gateway.port);
            const messages = [{ role: 'user', content: 'Hello' }];
            const body = JSON.stringify({ model: `local/${scenario}`, stream, messages });
            client.send(
              `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\n` +
                `Authorization: Bearer ${rootKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
            );
            await eventually(() => upstream.played.length > before, 'the upstream call');
            const begun = stream && ['silent-within-body', 'goes-on'].includes(scenario);
            if (begun) await client.heardUntil((heard) => heard.includes('data: '));
            const hungUp = () => gateway.logLines().filter(({ error }) => error === 'client_closed_request');
            const logged = hungUp().length;
            const call = upstream.latest();
            expect(call?.destroyed).toBe(false);
            client.socket[how]();
            await eventually(() => call?.destroyed, 'the upstream connection closing');
            await eventually(() => hungUp().length > logged, 'a log line that says so');
            expect(hungUp().at(-1)).toMatchObject({ model: scenario, status: 499 });
          });
  },
  { timeouts },
);
