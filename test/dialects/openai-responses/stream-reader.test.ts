/** Streams of servers that follow the API loosely are understood: what is told once is told, and nothing twice. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { type FoldedBlock, foldReply } from '../../../src/core/fold.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { BadFraming, type WireEvent } from '../../../src/dialects/dialect.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { readStream, wireText } from '../../support/trips.ts';

function event(type: string, more: JsonObject = {}): WireEvent {
  return { name: type, data: JSON.stringify({ type, ...more }) };
}

const call = { type: 'function_call', id: 'fc', call_id: 'c', name: 'f', arguments: '' };
const whole = { ...call, arguments: '{"a":1}' };
const message = { type: 'message', content: [{ type: 'output_text', text: 'Hey', annotations: [] }] };
const added = (item: JsonObject, at = 0) => event('response.output_item.added', { output_index: at, item });
const done = (item: JsonObject, at = 0) => event('response.output_item.done', { output_index: at, item });
const completed = (...output: JsonObject[]) =>
  event('response.completed', { response: { id: 'r', status: 'completed', output } });

function blocksOf(...events: WireEvent[]): FoldedBlock[] {
  return [...(foldReply(readStream(openaiResponses, events)).choices[0]?.blocks ?? [])];
}

const calledOnce = [
  { type: 'tool-call', index: 0, id: 'c', name: 'f', arguments: '{"a":1}', kind: 'function' },
] as never;
const saidOnce = [{ type: 'text', text: 'Hey', citations: [] }] as never;
const args = (type: string, more: JsonObject) =>
  event(`response.function_call_arguments.${type}`, { output_index: 0, ...more });
const said = (type: string, more: JsonObject) =>
  event(`response.output_text.${type}`, { output_index: 0, content_index: 0, ...more });

test.each<[string, WireEvent[]]>([
  [
    'in deltas',
    [added(call), args('delta', { delta: '{"a"' }), args('delta', { delta: ':1}' }), done(whole)],
  ],
  ['only when done', [added(call), args('done', { arguments: '{"a":1}' }), done(whole)]],
  ['with the finished item alone', [done(whole)]],
  ['as the item begins', [added(whole), args('done', { arguments: '{"a":1}' }), done(whole)]],
  ['half in deltas', [added(call), args('delta', { delta: '{"a"' }), args('done', { arguments: '{"a":1}' })]],
  ['in the last response alone', [completed(whole)]],
  ['and again in the last response', [added(call), args('delta', { delta: '{"a":1}' }), completed(whole)]],
])('arguments that come %s are told once', (_, events) => {
  expect(blocksOf(...events)).toEqual(calledOnce);
});

test.each<[string, WireEvent[]]>([
  ['in deltas', [said('delta', { delta: 'He' }), said('delta', { delta: 'y' }), done(message)]],
  ['only when done', [said('done', { text: 'Hey' }), done(message)]],
  ['with the finished item alone', [done(message)]],
  ['in the last response alone', [completed(message)]],
  ['without indices', [event('response.output_text.delta', { delta: 'Hey' }), done(message)]],
])('a text that comes %s is told once', (_, events) => {
  expect(blocksOf(...events)).toEqual(saidOnce);
});

test('items that a server gives the same place are told apart', () => {
  const blocks = blocksOf(added(message), done(message), added(call), done(whole), completed(message, whole));
  expect(blocks.map(({ type }) => type)).toEqual(['text', 'tool-call']);
});

test('a custom call and a refusal', () => {
  const custom = { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '' };
  const input = (type: string, more: JsonObject) => event(`response.custom_tool_call_input.${type}`, more);
  expect(
    blocksOf(
      added(custom),
      input('delta', { output_index: 0, delta: '***' }),
      input('done', { output_index: 0, input: '*** Begin' }),
      event('response.refusal.delta', { output_index: 1, content_index: 0, delta: 'no' }),
      event('response.refusal.done', { output_index: 1, content_index: 0, refusal: 'no!' }),
    ),
  ).toEqual([
    { type: 'tool-call', index: 0, id: 'c', name: 'p', arguments: '*** Begin', kind: 'custom' },
    { type: 'refusal', text: 'no!' },
  ]);
});

describe('a thought', () => {
  const summary = (at: number, delta: string) =>
    event('response.reasoning_summary_text.delta', { output_index: 0, summary_index: at, delta });
  const thought = { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAA' };

  test('of several paragraphs is one, with its proof', () => {
    const [block] = blocksOf(
      added(thought),
      summary(0, 'a'),
      summary(0, 'b'),
      summary(1, 'c'),
      done(thought),
    );
    if (block?.type !== 'reasoning') throw new Error('no thought was read');
    expect(block.text).toBe('ab\n\nc');
    expect(block.signature).toBe('gAAA');
  });

  test('that is not shown stands for itself', () => {
    const [block] = blocksOf(added(thought), done(thought));
    if (block?.type !== 'reasoning') throw new Error('no thought was read');
    expect(block.text).toBe('');
    expect(block.redacted).toBe('gAAA');
  });

  test('in the open', () => {
    const delta = event('response.reasoning_text.delta', { output_index: 0, content_index: 0, delta: 'a' });
    const open = {
      type: 'reasoning',
      id: 'rs',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'ab' }],
    };
    expect(blocksOf(delta, done(open))).toEqual([{ type: 'reasoning', text: 'ab' }]);
  });
});

test('a picture is told, a tool the provider runs is named', () => {
  const image = { type: 'image_generation_call', result: 'AA==', output_format: 'webp' };
  const frames = readStream(openaiResponses, [done(image), done({ type: 'web_search_call' }, 1)]);
  expect(frames.flatMap(({ events }) => events)).toEqual([
    { type: 'media', choice: 0, kind: 'image', mediaType: 'image/webp', data: 'AA==' },
    { type: 'other', choice: 0, what: 'web_search_call' },
  ]);
});

test.each<[JsonObject, string | undefined]>([
  [{ status: 'completed', output: [] }, 'stop'],
  [{ status: 'completed', output: [whole] }, 'tool-calls'],
  [{ status: 'complete', output: [] }, 'stop'],
  [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
  [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content-filter'],
  [{ status: 'incomplete' }, 'other'],
  [{ status: 'cancelled' }, 'other'],
  [{ status: 'queued' }, undefined],
])('%j ends in %p', (response, finish) => {
  expect(openaiResponses.observe(response).finish).toBe(finish as never);
  expect(foldReply([openaiResponses.speak.readReply(response)]).choices[0]?.finish?.reason).toBe(
    finish as never,
  );
});

describe('failures', () => {
  const failed = { status: 'failed', output: [], error: { code: 'rate_limit_exceeded', message: 'slow' } };

  test.each<[string, WireEvent, object]>([
    [
      'a failed response',
      event('response.failed', { response: failed }),
      { status: 429, message: 'slow', code: 'rate_limit_exceeded' },
    ],
    [
      'an error event',
      event('error', { code: 'server_error', message: 'oops', param: null, sequence_number: 3 }),
      { status: 502, message: 'oops', code: 'server_error' },
    ],
    [
      'an error inside an error event',
      event('error', { error: { type: 'invalid_request_error', code: 'x', message: 'm', param: 'input' } }),
      { message: 'm', code: 'x', param: 'input', type: 'invalid_request_error' },
    ],
    ['an error alone', { data: '{"error":{"message":"m"}}' }, { message: 'm' }],
    ['a failed response that says nothing', event('response.failed'), { message: 'The response failed.' }],
  ])('%s is one, and the last word', (_, wire, expected) => {
    const [frame] = readStream(openaiResponses, [wire]);
    expect(frame?.failure).toMatchObject(expected);
    expect(frame?.isLast).toBe(true);
    expect(openaiResponses.speak.readFailure(JSON.parse(wire.data))).toMatchObject(expected);
  });

  test('a whole response that failed is a reply of this API, whose frame says so', () => {
    expect(openaiResponses.speak.readFailure(failed)).toBeUndefined();
    const frame = openaiResponses.speak.readReply(failed);
    expect(frame.failure).toMatchObject({ status: 429, message: 'slow' });
    expect(openaiResponses.listen.writeReply(frame, new Losses())).toEqual(failed);
  });

  test('a response that is well has no failure', () => {
    expect(
      openaiResponses.speak.readFailure({ status: 'completed', error: null, output: [] }),
    ).toBeUndefined();
    const created = { type: 'response.created', response: { error: null } };
    expect(openaiResponses.speak.readFailure(created)).toBeUndefined();
  });

  test('a stream of this dialect that fails half-way ends with its own response, in sequence', () => {
    const writer = openaiResponses.listen.createStreamWriter(
      { model: 'm', stream: true, wantsUsage: true },
      new Losses(),
    );
    const created = event('response.created', { response: { id: 'r', output: [] }, sequence_number: 0 });
    const item = done(message);
    for (const frame of readStream(openaiResponses, [created, item])) writer.write(frame);
    const [last] = eventsOf(wireText(writer.fail(new GatewayError('upstream_timeout', 'too slow'))));
    expect(JSON.parse(last?.data ?? 'null')).toEqual({
      type: 'response.failed',
      response: {
        id: 'r',
        status: 'failed',
        error: { code: 'server_error', message: 'too slow' },
        output: [message],
      },
      sequence_number: 2,
    });
  });
});

test('what is no JSON object is bad framing; [DONE] is an end', () => {
  const reader = openaiResponses.speak.createStreamReader();
  expect(() => reader.read({ data: '[]' })).toThrow(BadFraming);
  expect(reader.read({ data: '[DONE]' })).toBe('over');
});

test('an unknown event, and one without a name, are written as they came', () => {
  const unknown = { name: 'keepalive', data: '{"type":"keepalive","sequence_number":2}' };
  const nameless = { data: '{"type":"response.output_text.delta","delta":"a","x":[1]}' };
  const bare = { data: '{"type":"response.output_text.delta"}' };
  const writer = openaiResponses.listen.createStreamWriter(
    { model: 'm', stream: true, wantsUsage: true },
    new Losses(),
  );
  const wire = readStream(openaiResponses, [unknown, nameless, bare]).map((frame) =>
    wireText(writer.write(frame)),
  );
  expect(eventsOf(wire.join(''))).toEqual([
    unknown,
    { ...nameless, name: 'response.output_text.delta' },
    { ...bare, name: 'response.output_text.delta' },
  ]);
});
