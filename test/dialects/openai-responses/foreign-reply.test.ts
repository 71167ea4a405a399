/** Replies of other dialects for Responses clients: items open and close strictly, and the last event has the whole. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyEvent, ReplyFrame } from '../../../src/core/reply.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { openaiErrors, openaiSpecIsPresent } from '../../support/openai-schema.ts';
import { asJson, wireText } from '../../support/trips.ts';

const carry = { dialect: 'anthropic-messages', fields: {} } as const;

function frame(...events: ReplyEvent[]): ReplyFrame {
  return { id: 'msg_01', model: 'claude', createdAtS: 7, events, carry };
}

function text(said: string, block?: number): ReplyEvent {
  return { type: 'text-delta', choice: 0, text: said, ...(block !== undefined && { block }) };
}

function call(index: number, more: Partial<ReplyEvent & { type: 'tool-call-delta' }>): ReplyEvent {
  return { type: 'tool-call-delta', choice: 0, index, ...more };
}

function finish(reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'): ReplyEvent {
  return { type: 'choice-finish', choice: 0, reason };
}

function openWriter(losses = new Losses()) {
  return openaiResponses.listen.createStreamWriter(
    { model: 'asked', stream: true, wantsUsage: true },
    losses,
  );
}

/** The events of a stream, checked for what every stream must be. */
function checked(wire: string): JsonObject[] {
  const events = eventsOf(wire).map(({ name, data }) => {
    const json = JSON.parse(data) as JsonObject;
    expect(name).toBe(String(json.type));
    return json;
  });
  expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
  if (openaiSpecIsPresent)
    for (const event of events)
      expect({ event, errors: openaiErrors('ResponseStreamEvent', event) }).toEqual({ event, errors: [] });
  return events;
}

function stream(...frames: ReplyFrame[]) {
  const losses = new Losses();
  const writer = openWriter(losses);
  const wire = frames.map((one) => wireText(writer.write(one))).join('') + wireText(writer.end());
  const events = checked(wire);
  const last = events.at(-1)?.response;
  return { events, last: isObject(last) ? last : {}, losses: losses.list() };
}

function names(events: readonly JsonObject[]): string[] {
  return events.map(({ type }) => String(type).replace('response.', ''));
}

test('a text is told from created to completed', () => {
  const { events, last } = stream(
    frame(text('')),
    frame(text('He')),
    frame(text('y')),
    frame(finish('stop')),
    frame({ type: 'usage', usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 3 } }),
  );
  expect(names(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
  expect(last).toMatchObject({
    id: 'resp_01',
    model: 'claude',
    created_at: 7,
    status: 'completed',
    output: [{ id: 'msg_01_0', status: 'completed', content: [{ type: 'output_text', text: 'Hey' }] }],
    usage: {
      input_tokens: 5,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 2,
      total_tokens: 7,
    },
  });
});

test('texts and refusals that follow one another are parts of one message', () => {
  const { events, last } = stream(
    frame(text('a', 0), text('b', 1), { type: 'refusal-delta', choice: 0, text: 'no' }),
    frame(call(0, { id: 'c', name: 'f', arguments: '{}' }), text('z')),
    frame(finish('tool-calls')),
  );
  expect(last.output).toMatchObject([
    {
      type: 'message',
      content: [{ text: 'a' }, { text: 'b' }, { type: 'refusal', refusal: 'no' }],
    },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', status: 'completed' },
    { type: 'message', content: [{ text: 'z' }] },
  ]);
  expect(names(events)).toContain('refusal.done');
  const ids = (last.output as JsonObject[]).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
});

test('parallel calls whose pieces interleave close one after the other', () => {
  const { events, last } = stream(
    frame(call(0, { id: 'a', name: 'f', arguments: '' }), call(1, { id: 'b', name: 'g', arguments: '{"y"' })),
    frame(call(0, { arguments: '{"x"' }), call(1, { arguments: ':2}' })),
    frame(call(0, { arguments: ':1}' })),
    frame(finish('tool-calls')),
  );
  expect(last.output).toMatchObject([
    { call_id: 'a', arguments: '{"x":1}' },
    { call_id: 'b', arguments: '{"y":2}' },
  ]);
  const open: unknown[] = [];
  for (const event of events)
    if (event.type === 'response.output_item.added') open.push(event.output_index);
    else if (event.type === 'response.output_item.done') expect(open.pop()).toBe(event.output_index);
    else if (event.item_id !== undefined) expect(open).toEqual([event.output_index]);
});

test('a call without arguments passes an empty object, a custom one its text', () => {
  const { last } = stream(
    frame(call(0, { id: 'a', name: 'f' })),
    frame(
      call(1, { id: 'b', name: 'p', kind: 'custom', arguments: '*** ' }),
      call(1, { arguments: 'Begin' }),
    ),
    frame(finish('tool-calls')),
  );
  expect(last.output).toMatchObject([
    { type: 'function_call', arguments: '{}' },
    { type: 'custom_tool_call', input: '*** Begin' },
  ]);
});

test('a call without an id gets one', () => {
  const { last } = stream(frame(call(0, { name: 'f', arguments: '{}' }), finish('tool-calls')));
  expect(last.output).toMatchObject([{ call_id: 'call_01_0' }]);
});

describe('thoughts', () => {
  test('are summaries, their signatures sealed', () => {
    const { events, last } = stream(
      frame({ type: 'reasoning-delta', choice: 0, text: 'hm' }),
      frame({ type: 'reasoning-signature', choice: 0, signature: 'Eq' }),
      frame({ type: 'reasoning-signature', choice: 0, signature: 'QB' }),
      frame({ type: 'reasoning-redacted', choice: 0, data: 'xx' }),
      frame(text('so'), finish('stop')),
    );
    expect(names(events).slice(2, 8)).toEqual([
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
    ]);
    const [thought, redacted] = last.output as JsonObject[];
    expect(thought?.summary).toEqual([{ type: 'summary_text', text: 'hm' }]);
    expect(thought?.encrypted_content).toBe('EqQB');
    expect(redacted?.summary).toEqual([]);
    expect(redacted?.encrypted_content).toBe('xx');
  });
});

test.each([
  ['length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content-filter', 'incomplete', { reason: 'content_filter' }],
  ['stop', 'completed', null],
  ['other', 'completed', null],
] as const)('a reply that ends in %s is %s', (reason, status, details) => {
  const { events, last } = stream(frame(text('a')), frame(finish(reason)));
  expect(events.at(-1)?.type).toBe(`response.${status}`);
  expect(last).toMatchObject({ status, incomplete_details: details, output: [{ status }] });
});

test('a reply of nothing is complete and empty', () => {
  expect(stream(frame(finish('stop'))).last).toMatchObject({ status: 'completed', output: [] });
  expect(stream().last).toMatchObject({ status: 'completed', output: [], model: 'asked' });
});

test('citations, probabilities and pictures have their places, what has none is named', () => {
  const token = { token: 'a', logprob: -1, top: [{ token: 'b', logprob: -2 }] };
  const { last, losses } = stream(
    frame(
      { type: 'logprobs', choice: 0, tokens: [token] },
      text('a'),
      { type: 'citation', choice: 0, citation: { url: 'https://a', citedText: 'x' } },
      { type: 'citation', choice: 0, citation: { title: 'only a title' } },
      { type: 'media', choice: 0, kind: 'image', mediaType: 'image/jpeg', data: 'AA==' },
      { type: 'media', choice: 0, kind: 'audio', mediaType: 'audio/wav', data: 'AA==' },
      { type: 'other', choice: 0, what: 'executable_code' },
      { type: 'text-delta', choice: 1, text: 'second' },
      finish('stop'),
    ),
  );
  expect(last.output).toMatchObject([
    {
      content: [
        {
          text: 'a',
          annotations: [{ type: 'url_citation', url: 'https://a', start_index: 0, end_index: 1 }],
          logprobs: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'b', bytes: [98] }] }],
        },
      ],
    },
    { type: 'image_generation_call', result: 'AA==', output_format: 'jpeg' },
  ]);
  expect(losses).toEqual([
    'cited text',
    'citations without an address',
    'audio in the reply',
    'executable_code',
    'choices beyond the first',
  ]);
});

test('kinds of tokens a response does not tell apart, and the word that ended it, are named', () => {
  const { losses } = stream(
    frame(text('a'), { type: 'choice-finish', choice: 0, reason: 'stop', stopSequence: 'END' }),
    frame({
      type: 'usage',
      usage: { inputTokens: 9, outputTokens: 2, cacheWrite1hTokens: 3, audioInputTokens: 0 },
    }),
  );
  expect(losses).toEqual(['stop sequence that ended the reply', 'usage.cacheWrite1hTokens']);
});

test('a whole reply is what its stream adds up to', () => {
  const events: ReplyEvent[] = [
    { type: 'reasoning-delta', choice: 0, text: 'hm' },
    text('a'),
    call(0, { id: 'c', name: 'f', arguments: '{}' }),
    finish('tool-calls'),
    { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
  ];
  const whole = asJson(openaiResponses.listen.writeReply(frame(...events), new Losses()));
  const { last } = stream(...events.map((event) => frame(event)));
  expect({ ...whole, completed_at: 0 }).toEqual({ ...last, completed_at: 0 });
  if (openaiSpecIsPresent) expect(openaiErrors('Response', whole)).toEqual([]);
});

test.each([
  [undefined, /^resp_[0-9a-f]{32}$/],
  ['chatcmpl-abc', /^resp_abc$/],
  ['a b/c', /^resp_abc$/],
  ['x'.repeat(200), /^resp_x{48}$/],
])('the id %p gives one the API takes', (id, expected) => {
  const { id: _, ...rest } = frame(text('a'));
  const whole = openaiResponses.listen.writeReply({ ...rest, ...(id !== undefined && { id }) }, new Losses());
  expect(String(whole.id)).toMatch(expected);
});

describe('a stream that fails', () => {
  const broken = new GatewayError('upstream_incomplete', 'It ended too soon.');

  test('half-way ends in a failed response that has what came', () => {
    const writer = openWriter();
    const wire = wireText(writer.write(frame(text('half')))) + wireText(writer.fail(broken));
    const events = checked(wire);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'server_error', message: 'It ended too soon.' },
        output: [{ content: [{ text: 'half' }] }],
      },
    });
    expect(names(events).filter((name) => name === 'completed')).toEqual([]);
  });

  test('before anything came, or after bytes passed through, ends in an error', () => {
    const events = checked(wireText(openWriter().fail(broken)));
    expect(events).toEqual([
      {
        type: 'error',
        code: 'upstream_incomplete',
        message: 'It ended too soon.',
        param: null,
        sequence_number: 0,
      },
    ]);
  });

  test.each<[number, string | null, string]>([
    [429, null, 'rate_limit_exceeded'],
    [500, null, 'server_error'],
    [400, 'context_length_exceeded', 'context_length_exceeded'],
  ])('status %p, code %p is told as %p', (status, code, expected) => {
    const shape = code === null ? 'anthropic-messages' : 'openai-chat';
    const refusal = { shape, status, message: 'm', type: null, code, param: null, rest: {} } as const;
    const writer = openWriter();
    writer.write(frame(text('a')));
    const [event] = eventsOf(wireText(writer.fail(new GatewayError('upstream_rejected', 'm', { refusal }))));
    expect(JSON.parse(event?.data ?? 'null').response.error).toEqual({ code: expected, message: 'm' });
  });
});
