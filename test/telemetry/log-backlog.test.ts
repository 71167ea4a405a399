/** A reader of the log that stalls, fails or is slow: calls go on, memory is bounded, and what was dropped is counted. */
import { expect, test } from 'bun:test';
import { type LineSink, Log } from '../../src/telemetry/log.ts';
import { eventually } from '../support/eventually.ts';

const same = (text: string) => text;
const big = 'x'.repeat(1 << 20);

/** A sink that takes nothing until it is let go. */
function stalling(): { sink: LineSink; letGo: () => void; written: string[] } {
  const written: string[] = [];
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const sink: LineSink = (lines) => {
    written.push(lines);
    return gate;
  };
  return { sink, letGo: () => letGo(), written };
}

const eventsIn = (written: readonly string[]) =>
  written
    .join('')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { event: string; lines?: number });

test('while nobody reads, lines wait up to a limit, then are dropped and counted', async () => {
  const { sink, letGo, written } = stalling();
  const log = new Log('info', same, sink);
  log.event('info', 'first');
  await eventually(() => written.length === 1, 'the first line is written');
  for (let line = 0; line < 60; line++) log.event('info', 'big', { big });
  letGo();
  await log.flush();
  const events = eventsIn(written);
  const dropped = events.filter((event) => event.event === 'log.dropped');
  const kept = events.filter((event) => event.event === 'big').length;
  expect(dropped).toHaveLength(1);
  expect(kept + (dropped[0]?.lines ?? 0)).toBe(60);
  expect(kept).toBeGreaterThan(8);
  expect(kept).toBeLessThan(40);
  log.event('info', 'after');
  await log.flush();
  expect(eventsIn(written).at(-1)?.event).toBe('after');
});

test('lines are gathered and written together, in order, and never two writes at once', async () => {
  let underWay = 0;
  const written: string[] = [];
  const log = new Log('info', same, async (lines) => {
    expect(++underWay).toBe(1);
    written.push(lines);
    await Bun.sleep(1);
    underWay--;
  });
  for (let turn = 0; turn < 5; turn++) {
    for (let line = 0; line < 10; line++) log.event('info', `${turn}.${line}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.flush();
  const names = eventsIn(written).map((event) => event.event);
  expect(names).toEqual(Array.from({ length: 50 }, (_, at) => `${Math.floor(at / 10)}.${at % 10}`));
  expect(written.length).toBeLessThanOrEqual(6);
});

test('a write that fails loses its lines and no others, and throws nowhere', async () => {
  const written: string[] = [];
  let writes = 0;
  const log = new Log('info', same, (lines) => {
    if (writes++ === 0) return Promise.reject(new Error('EPIPE'));
    written.push(lines);
    return Promise.resolve();
  });
  log.event('info', 'lost');
  await log.flush();
  log.event('info', 'kept');
  await log.flush();
  expect(eventsIn(written).map((event) => event.event)).toEqual(['kept']);
});

test('flushing an empty log resolves', async () => {
  const log = new Log('info', same, () => {
    throw new Error('nothing to write');
  });
  await log.flush();
});
