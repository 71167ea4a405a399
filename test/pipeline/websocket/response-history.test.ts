/** What one connection keeps of its responses, and how much. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { ResponseHistory } from '../../../src/pipeline/websocket/response-history.ts';

function historyOf(maxBytes = 1000) {
  const history = new ResponseHistory(maxBytes);
  const say = (id: string, body: JsonObject, output: JsonValue[] = [`${id}'s answer`], bytes = 10) => {
    const asking = history.expand(body);
    history.remember(id, asking, output, bytes);
    return asking.body;
  };
  return { history, say };
}

const after = (id: string, input: JsonValue, more: JsonObject = {}) => ({
  ...more,
  previous_response_id: id,
  input,
});

describe('expand', () => {
  test('leaves alone what goes on from nothing, or from nothing it knows', () => {
    const { say } = historyOf();
    for (const body of [
      { input: 'a', x: 1 },
      { input: ['a'] },
      {},
      after('resp_no', 'a'),
      { previous_response_id: null },
    ])
      expect(say('id', body)).toBe(body as JsonObject);
  });

  test('puts all that was said before in front, and drops the id', () => {
    const { say } = historyOf();
    say('r1', { input: 'first' });
    say('r2', after('r1', ['second']));
    expect(say('r3', after('r2', 'third', { model: 'm' }))).toEqual({
      model: 'm',
      input: [
        { type: 'message', role: 'user', content: 'first' },
        "r1's answer",
        'second',
        "r2's answer",
        { type: 'message', role: 'user', content: 'third' },
      ],
    });
  });

  test('forks, and lets a chain end with no input at all', () => {
    const { say } = historyOf();
    say('r1', { input: ['a'] });
    say('r2', after('r1', ['b']));
    expect(say('r3', after('r1', ['c'])).input).toEqual(['a', "r1's answer", 'c']);
    expect(say('r4', { previous_response_id: 'r2' }).input).toEqual(['a', "r1's answer", 'b', "r2's answer"]);
  });

  test('keeps the id a chain began from', () => {
    const { say } = historyOf();
    say('r1', after('resp_theirs', ['a']));
    say('r2', after('r1', ['b']));
    expect(say('r3', after('r2', ['c']))).toEqual({
      previous_response_id: 'resp_theirs',
      input: ['a', "r1's answer", 'b', "r2's answer", 'c'],
    });
  });

  test.each([
    [false, ['sealed']],
    [true, ['open', 'sealed']],
    [undefined, ['open', 'sealed']],
  ])('with store: %p, reasoning goes on as %j', (store, ids) => {
    const { say } = historyOf();
    const open = { type: 'reasoning', id: 'open' };
    const sealed = { type: 'reasoning', id: 'sealed', encrypted_content: 'x' };
    say('r1', { input: [], ...(store !== undefined && { store }) }, [open, sealed]);
    const { input } = say('r2', after('r1', []));
    expect((input as JsonObject[]).map(({ id }) => id as string)).toEqual(ids);
  });

  test('does not change what it was given', () => {
    const { say } = historyOf();
    say('r1', { input: ['a'] });
    const body = after('r1', ['b']);
    say('r2', body);
    expect(body).toEqual({ previous_response_id: 'r1', input: ['b'] });
  });
});

describe('bounds', () => {
  const knows = (say: ReturnType<typeof historyOf>['say'], id: string) =>
    (say('probe', after(id, ['?']), [], 0).input as JsonValue[]).length > 1;

  test('other branches are forgotten first, the oldest before the others', () => {
    const { say } = historyOf(100);
    say('other1', { input: ['o'] }, ['x'], 40);
    say('r1', { input: ['a'] }, ['x'], 30);
    say('other2', { input: ['p'] }, ['x'], 20);
    say('r2', after('r1', ['b']), ['x'], 30);
    expect(['other1', 'other2', 'r1', 'r2'].map((id) => knows(say, id))).toEqual([false, true, true, true]);
  });

  test('a chain too long for any request is forgotten whole', () => {
    const { say } = historyOf(100);
    say('r1', { input: ['a'] }, ['x'], 60);
    say('r2', after('r1', ['b']), ['x'], 60);
    expect(['r1', 'r2'].map((id) => knows(say, id))).toEqual([false, false]);
    say('r3', { input: ['c'] }, ['x'], 60);
    expect(knows(say, 'r3')).toBe(true);
  });

  test('an id given twice counts once', () => {
    const { say } = historyOf(100);
    for (let at = 0; at < 10; at++) say('same', { input: ['a'] }, ['x'], 60);
    expect(knows(say, 'same')).toBe(true);
  });
});
