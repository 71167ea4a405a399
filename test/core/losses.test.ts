/** What is left in a carry is named by its path, but for what its dialect calls form. */
import { expect, test } from 'bun:test';
import type { JsonObject } from '../../src/core/json.ts';
import { Losses, reportCarry } from '../../src/core/losses.ts';

test.each([
  [{ a: 1, b: null, c: [], d: {}, e: { f: null } }, '', [], ['a', 'd']],
  [{ a: { b: undefined, c: 1 } }, '', [], ['a.c']],
  [{ a: { b: 1, c: 1 } }, 'reply', [], ['reply.a']],
  [{ a: 1, b: 2 }, 'reply', ['a'], ['reply.b']],
  [{ a: 1, b: 2 }, 'reply', ['reply.a'], ['reply.b']],
  [{ a: 1, b: 2 }, '', ['reply.a'], ['a', 'b']],
] as [JsonObject, string, string[], string[]][])(
  '%j below %j, of which %j is form',
  (fields, path, form, named) => {
    const losses = new Losses();
    reportCarry({ dialect: 'openai-chat', fields }, path, new Set(form), losses);
    expect(losses.list()).toEqual(named);
  },
);
