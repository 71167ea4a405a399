/** Many calls at once to a peer that answers at random, readers that pause and give up at random: each gets its own or an error. */
import { expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import type { UpstreamReply } from '../../../src/upstream/transport.ts';
import { Generator } from '../../core/generator.ts';
import { eventually } from '../../support/eventually.ts';
import { cutAtRandom, randomReply, spoiled } from './random-reply.ts';
import { answering, withStage } from './stage.ts';

/** What the peer does with a request. */
type Fate = 'answer' | 'spoil' | 'cut' | 'reset' | 'nothing';
const fates: readonly Fate[] = [
  'answer',
  'answer',
  'answer',
  'answer',
  'answer',
  'answer',
  'spoil',
  'cut',
  'reset',
  'nothing',
];

/** Twice, so that no spoiled reply can look like another's. */
const marked = (target: string) => `[${target}${target}]`;

/** `spent`: connections on which no further request is heard. */
async function answer(
  socket: Socket,
  chance: Generator,
  target: string,
  spent: WeakSet<Socket>,
): Promise<void> {
  if (spent.has(socket)) return;
  const fate = target.includes('safe') ? 'answer' : chance.pick(fates);
  const reply = randomReply(chance, marked(target).repeat(1 + chance.below(50)));
  const isLast = fate !== 'answer' || reply.ends || chance.chance(0.1);
  if (isLast) spent.add(socket);
  const whole = fate === 'spoil' ? spoiled(chance, reply.text) : reply.text;
  const text = fate === 'cut' ? whole.slice(0, chance.below(whole.length)) : whole;
  if (fate !== 'nothing' && fate !== 'reset')
    for (const piece of cutAtRandom(chance, text)) {
      if (chance.chance(0.3)) await Bun.sleep(chance.below(3));
      socket.write(Buffer.from(piece, 'latin1'));
    }
  if (fate === 'reset') socket.resetAndDestroy();
  else if (isLast) socket.end();
}

/** Reads as a slow reader would, and says what came. */
function readAtRandom({ body }: UpstreamReply, chance: Generator): Promise<string> {
  if (body === null) return Promise.resolve('');
  let text = '';
  let isOver = false;
  return new Promise((resolve, reject) => {
    const once = (act: () => void) => {
      if (isOver) throw new Error('a second end');
      isOver = true;
      act();
    };
    const read = () =>
      body.read({
        chunk(bytes) {
          if (isOver) throw new Error('a chunk after the end');
          text += Buffer.from(bytes).toString('latin1');
          if (chance.chance(0.3)) {
            body.pause();
            setTimeout(() => body.resume(), chance.below(3));
          }
        },
        end: () => once(() => resolve(text)),
        failed: (thrown) => once(() => reject(thrown)),
      });
    if (chance.chance(0.3)) setTimeout(read, chance.below(4));
    else read();
  });
}

const known = new Set(['ConnectionClosed', 'ECONNRESET', 'Malformed_HTTP_Response', 'Cancelled']);

test.each([1, 2, 3, 4])(
  'seed %d',
  async (seed) => {
    /** The same for the same call, whatever comes first. */
    const chanceOf = (target: string, side: number) =>
      new Generator(seed * 1_000_000 + Number(target.split('-')[1] ?? 0) * 2 + side);
    const spent = new WeakSet<Socket>();
    const tally = { whole: 0, failed: 0, cancelled: 0 };
    await withStage(
      answering((socket, _, head) => {
        const target = head.split(' ')[1] ?? '';
        void answer(socket, chanceOf(target, 0), target, spent);
      }),
      async ({ client, request, url, peer }) => {
        const once = async (id: string) => {
          const chance = chanceOf(id, 1);
          const sending = client.send(request({ url: url + id }));
          const leaves = !id.startsWith('safe') && chance.chance(0.15);
          if (leaves) {
            sending.reply.then((reply) => readAtRandom(reply, chance)).catch(() => {});
            await Bun.sleep(chance.below(6));
            sending.cancel();
            tally.cancelled++;
            return;
          }
          try {
            const text = await readAtRandom(await sending.reply, chance);
            // Spoiled replies may still be valid, but no reply may be another's.
            const others = [...text.matchAll(/\[\/([a-z]+-\d+)\/\1\]/g)].filter(([, told]) => told !== id);
            expect([seed, id, others]).toEqual([seed, id, []]);
            if (id.startsWith('safe'))
              expect([seed, id, text.slice(0, 60)]).toEqual([
                seed,
                id,
                expect.stringContaining(marked(`/${id}`)),
              ]);
            tally.whole++;
          } catch (thrown) {
            const code = (thrown as { code?: string }).code ?? '';
            if (!known.has(code) || id.startsWith('safe')) throw thrown;
            tally.failed++;
          }
        };
        for (let round = 0; round < 40; round++)
          await Promise.all(Array.from({ length: 25 }, (_, at) => once(`call-${round * 25 + at}`)));
        for (let round = 0; round < 20; round++) await once(`safe-${round}`);
        await eventually(() => peer.open() === client.idleConnections, 'all but the idle closing');
      },
    );
    expect(tally.whole).toBeGreaterThan(400);
    expect(tally.failed).toBeGreaterThan(50);
    expect(tally.cancelled).toBeGreaterThan(50);
  },
  60_000,
);

test.each([11, 12])(
  'nothing but noise, seed %d',
  async (seed) => {
    const chance = new Generator(seed);
    await withStage(
      (socket) => {
        socket.on('end', () => socket.end());
        socket.once('data', () => {
          const start = chance.pick([
            '',
            'HTTP/1.1 200 OK\r\n',
            'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
          ]);
          socket.write(start);
          socket.write(Buffer.from(Array.from({ length: chance.below(500) }, () => chance.below(256))));
          setTimeout(() => (chance.chance(0.5) ? socket.end() : socket.resetAndDestroy()), chance.below(4));
        });
      },
      async ({ call, client }) => {
        const calls = Array.from({ length: 300 }, () =>
          call().then(
            () => 'none',
            (thrown) => thrown.code ?? thrown,
          ),
        );
        for (const outcome of await Promise.all(calls)) expect([...known]).toContain(outcome);
        expect(client.idleConnections).toBe(0);
      },
    );
  },
  60_000,
);
