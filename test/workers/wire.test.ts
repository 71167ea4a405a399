/** The channel itself: one message a turn, answers to the right question, errors as they were thrown, and its end. */
import { expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import type { Handlers } from '../../src/workers/protocol.ts';
import { Wire } from '../../src/workers/wire.ts';

const claim = (id: string) => ({ id, nowMs: 1, caps: [], tokens: 1, costNanoUsd: 1 });
const grant = (id: string) => ({ id, charges: [], warnings: [] });

function pair(handlers: Handlers) {
  const messages: string[] = [];
  const answers: string[] = [];
  const near: Wire = new Wire((message) => {
    messages.push(JSON.stringify(message));
    setImmediate(() => far.receive(JSON.parse(messages.at(-1) ?? '')));
  }, {});
  const far: Wire = new Wire((message) => {
    answers.push(JSON.stringify(message));
    setImmediate(() => near.receive(JSON.parse(answers.at(-1) ?? '')));
  }, handlers);
  return { near, far, messages, answers };
}

test('all of a turn is one message there and one back, in order', async () => {
  const heard: string[] = [];
  const { near, messages, answers } = pair({
    reserve: ({ id }) => {
      heard.push(id);
      return grant(id);
    },
    settle: ({ id }) => void heard.push(`-${id}`),
  });
  const outcome = { nowMs: 1, tokens: 1, costNanoUsd: 1 };
  const asked = Array.from({ length: 40 }, (_, nth) => {
    const answer = near.ask('reserve', claim(`${nth}`));
    near.tell('settle', { id: `${nth}`, outcome });
    return answer;
  });
  expect((await Promise.all(asked)).map(({ id }) => id)).toEqual(asked.map((_, nth) => `${nth}`));
  expect(heard).toEqual(asked.flatMap((_, nth) => [`${nth}`, `-${nth}`]));
  expect([messages.length, answers.length]).toEqual([1, 1]);
});

test('an answer that takes its time holds up no other', async () => {
  const slow = Promise.withResolvers<void>();
  const { near } = pair({
    reserve: async ({ id }) => {
      if (id === 'slow') await slow.promise;
      return grant(id);
    },
  });
  const late = near.ask('reserve', claim('slow'));
  expect((await near.ask('reserve', claim('quick'))).id).toBe('quick');
  slow.resolve();
  expect((await late).id).toBe('slow');
});

test.each(['thrown', 'rejected'])(
  'what is %s arrives as it was; what is not ours tells nothing',
  async (how) => {
    const failure = new GatewayError('rate_limit_exceeded', 'Too many.', {
      param: 'p',
      headers: { 'retry-after': '3' },
      cause: 'private',
    });
    const { near } = pair({
      reserve: ({ id }) => {
        const error = id === 'ours' ? failure : new Error('secret');
        if (how === 'thrown') throw error;
        return Promise.reject(error);
      },
    });
    const ours = await near.ask('reserve', claim('ours')).catch((thrown: unknown) => thrown);
    expect(ours).toBeInstanceOf(GatewayError);
    const { code, message, param, headers } = failure;
    expect(ours).toMatchObject({ code, message, param, headers });
    const other = await near.ask('reserve', claim('other')).catch((thrown: unknown) => thrown);
    expect(other).toMatchObject({ code: 'internal_error' });
    expect(String(other)).not.toContain('secret');
  },
);

test('who waits when the other end goes is told, and so is who asks later', async () => {
  const { near, messages } = pair({ reserve: () => new Promise(() => {}) });
  const waiting = near.ask('reserve', claim('a'));
  await Bun.sleep(5);
  near.cut();
  await expect(waiting).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(near.ask('reserve', claim('b'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  near.tell('changed', null);
  await Bun.sleep(5);
  expect(messages).toHaveLength(1);
});

test('an end that does not answer is not waited for, nor asked again until it is heard of', async () => {
  const frozen = Promise.withResolvers<void>();
  const late: string[] = [];
  const sent: unknown[] = [];
  const near: Wire = new Wire((message) => sent.push(message), {}, { patienceMs: 50 });
  const far = new Wire((message) => near.receive(JSON.parse(JSON.stringify(message))), {
    reserve: ({ id }) => grant(id),
  });
  void frozen.promise.then(() => {
    for (const message of sent) far.receive(message);
  });
  const first = near.ask('reserve', claim('a'), ({ id }) => late.push(id));
  await expect(first).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(near.ask('reserve', claim('b'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(sent).toHaveLength(1);
  frozen.resolve();
  await Bun.sleep(5);
  expect(late).toEqual(['a']);
  const again = near.ask('reserve', claim('c'));
  await Bun.sleep(5);
  far.receive(sent.at(-1));
  expect((await again).id).toBe('c');
});
