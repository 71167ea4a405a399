/** Calls of tools that take plain text, out of arguments that are objects with one text. */
import { expect, test } from 'bun:test';
import { CustomCalls } from '../../src/core/custom-calls.ts';
import { foldReply, toolCallsIn } from '../../src/core/fold.ts';
import type { ReplyEvent, ReplyFrame } from '../../src/core/reply.ts';

const choice = 0;
const tools = [{ type: 'custom', name: 'shell' } as const, { type: 'function', name: 'other' } as const];
const frame = (...events: ReplyEvent[]): ReplyFrame => ({
  events,
  carry: { dialect: 'anthropic-messages', fields: {} },
});
const begun = (name: string, json?: string): ReplyEvent => ({
  type: 'tool-call-delta',
  choice,
  index: 0,
  id: 'a',
  name,
  ...(json !== undefined && { arguments: json }),
});
const more = (json: string): ReplyEvent => ({ type: 'tool-call-delta', choice, index: 0, arguments: json });
const end: ReplyEvent = { type: 'choice-finish', choice, reason: 'tool-calls' };

test.each<[string, ReplyEvent[], string, string]>([
  ['a whole call', [begun('shell', '{"input":"ls \\"a\\"\\n"}'), end], 'custom', 'ls "a"\n'],
  ['a call in pieces', [begun('shell'), more('{"inp'), more('ut":"l}'), more('s"}'), end], 'custom', 'l}s'],
  ['an argument of any name', [begun('shell', '{"text":""}'), end], 'custom', ''],
  [
    'what comes after a complete call',
    [begun('shell', '{"input":"ls"}'), more('{"x":1}'), end],
    'custom',
    'ls',
  ],
  ['a call cut short', [begun('shell', '{"input":"l'), end], 'custom', '{"input":"l'],
  ['more than one argument', [begun('shell', '{"a":"b","c":"d"}'), end], 'custom', '{"a":"b","c":"d"}'],
  ['an argument that is no text', [begun('shell', '{"a":1}'), end], 'custom', '{"a":1}'],
  ['a call of another tool', [begun('other', '{"input":"ls"}'), end], 'function', '{"input":"ls"}'],
])('%s', (_what, events, kind, text) => {
  const calls = new CustomCalls({ tools });
  const frames = events.map((event) => calls.restore(frame(event)));
  const [call] = toolCallsIn(foldReply(frames).choices[0]);
  expect([call?.kind, call?.arguments]).toEqual([kind as never, text]);
});

test('a reply to a call without such tools is the same frame', () => {
  const only = frame(begun('shell', '{"input":"ls"}'));
  expect(new CustomCalls({ tools: [{ type: 'function', name: 'shell' }] }).restore(only)).toBe(only);
  expect(new CustomCalls({}).restore(only)).toBe(only);
});
