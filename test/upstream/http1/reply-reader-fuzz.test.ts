/** Replies at random, valid and spoiled: how they are cut makes no difference. */
import { expect, test } from 'bun:test';
import { Generator } from '../../core/generator.ts';
import { cutAtRandom, randomReply, spoiled } from './random-reply.ts';
import { readReply } from './read-reply.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const rounds = 1_500;

test.each(seeds)('valid replies, seed %d', (seed) => {
  const chance = new Generator(seed);
  for (let round = 0; round < rounds; round++) {
    const { text, status, body, ends, isReusable, headers } = randomReply(chance);
    const pieces = chance.chance(0.1) ? [text] : cutAtRandom(chance, text);
    const read = readReply(pieces, { ends });
    expect([round, pieces, read.head?.status, read.body, read.failure, read.isReusable]).toEqual([
      round,
      pieces,
      status,
      body,
      '',
      isReusable,
    ]);
    for (const [name, value] of Object.entries(headers))
      expect([name, read.head?.get(name)]).toEqual([name, value]);
  }
});

test.each(seeds)('spoiled replies, seed %d', (seed) => {
  const chance = new Generator(1_000 + seed);
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const reply = randomReply(chance);
    const text = spoiled(chance, reply.text);
    const whole = readReply([text], { ends: reply.ends });
    const pieces = cutAtRandom(chance, text);
    const cut = readReply(pieces, { ends: reply.ends });
    const verdict = ({ head, body, failure, isReusable }: typeof cut) => ({
      status: head?.status,
      body,
      // A piece may be enough to say that it is none of ours, before the line is there that would be found at fault.
      isWhole: failure === undefined ? undefined : failure === '',
      isReusable,
    });
    expect([round, pieces, verdict(cut)]).toEqual([round, pieces, verdict(whole)]);
    if (whole.failure !== '') refused++;
  }
  expect(refused).toBeGreaterThan(rounds / 20);
});

test.each(seeds)('noise, seed %d', (seed) => {
  const chance = new Generator(2_000 + seed);
  for (let round = 0; round < rounds; round++) {
    const start = chance.pick([
      '',
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    ]);
    const noise = Array.from({ length: chance.below(60) }, () =>
      String.fromCharCode(
        chance.chance(0.5) ? chance.below(256) : (chance.pick([10, 13, 32, 48, 58, 59]) ?? 0),
      ),
    );
    const pieces = cutAtRandom(chance, start + noise.join(''));
    const { failure } = readReply(pieces, { ends: true });
    expect([round, pieces, typeof failure]).toEqual([round, pieces, 'string']);
  }
});
