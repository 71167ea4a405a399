import { describe, expect, test } from 'bun:test';
import { Turn } from '../../src/pipeline/turn.ts';

describe('calls that come together', () => {
  test('one that comes alone does not wait', () => {
    const turn = new Turn();
    expect(turn.join(1000)).toBeUndefined();
    expect(turn.join(1001)).toBeUndefined();
  });

  test('those right behind one another go on together, in their order, once all have come', async () => {
    const turn = new Turn();
    const seen: string[] = [];
    const call = async (name: string, nowMs: number) => {
      const joins = turn.join(nowMs);
      if (joins !== undefined) await joins;
      seen.push(`${name} goes on`);
    };
    const calls = [call('a', 1000)];
    expect(seen).toEqual(['a goes on']);
    calls.push(call('b', 1000.1), call('c', 1000.2));
    // A promise that is settled already runs before the loop turns: neither has gone on by then.
    await Promise.resolve();
    seen.push('the turn ends');
    await Promise.all(calls);
    expect(seen).toEqual(['a goes on', 'the turn ends', 'b goes on', 'c goes on']);
  });

  test('who comes late while others gather goes with them', async () => {
    const turn = new Turn();
    turn.join(1000);
    const gathering = turn.join(1000.1);
    expect(gathering).toBeInstanceOf(Promise);
    expect(turn.join(1005)).toBe(gathering);
    await gathering;
    expect(turn.join(1010)).toBeUndefined();
  });

  test('the next crowd waits for a turn of its own', async () => {
    const turn = new Turn();
    turn.join(1000);
    const first = turn.join(1000.1);
    await first;
    const second = turn.join(1000.2);
    expect(second).toBeInstanceOf(Promise);
    expect(second).not.toBe(first);
  });
});
