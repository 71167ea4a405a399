/** What the gateway itself says in a Responses session. */
import { describe, expect, test } from 'bun:test';
import {
  asFrame,
  errorFrame,
  inLane,
  warmUpEvents,
} from '../../../src/pipeline/websocket/response-frames.ts';
import { ResponseStream } from '../../../src/pipeline/websocket/response-stream.ts';

describe('errorFrame', () => {
  test('has the error of the body, and the headers a client acts on', () => {
    const headers = new Headers({
      'x-request-id': 'req_1',
      'retry-after': '3',
      'content-type': 'x',
      'x-ratelimit-limit': '1',
    });
    expect(errorFrame({ status: 429, body: { error: { code: 'c' } }, headers })).toEqual({
      type: 'error',
      status: 429,
      error: { code: 'c' },
      headers: { 'x-request-id': 'req_1', 'retry-after': '3', 'x-ratelimit-limit': '1' },
    });
  });

  test('says a body of another shape whole', () => {
    expect(errorFrame({ status: 500, body: { detail: 'x' } })).toEqual({
      type: 'error',
      status: 500,
      error: { detail: 'x' },
    });
  });
});

describe('asFrame', () => {
  test.each([
    [
      '{"type":"error","code":"c","message":"m","sequence_number":4}',
      '{"type":"error","sequence_number":4,"error":{"code":"c","message":"m"}}',
    ],
    ['{"type":"error","error":{"code":"c"}}', undefined],
    ['{"type":"response.output_text.delta","delta":"an \\"error\\" in words"}', undefined],
    ['{"type":"response.completed","response":{"error":null}}', undefined],
    ['"error" but no JSON', undefined],
  ])('%s', (data, frame) => {
    expect(asFrame(data)).toBe(frame ?? data);
  });
});

test('a lane is added to the object itself', () => {
  expect(JSON.parse(inLane('{"a":{"b":"}"}} \n', 'lane.1'))).toEqual({ a: { b: '}' }, stream_id: 'lane.1' });
  expect(inLane('{"a":1}', undefined)).toBe('{"a":1}');
});

test('a warm-up says what it was asked', () => {
  const asked = { model: 'm', instructions: 'i', tools: [{ type: 'x' }], store: false, temperature: 0 };
  const [created, completed] = warmUpEvents('resp_1', 7, asked);
  expect(created).toMatchObject({
    type: 'response.created',
    response: { id: 'resp_1', status: 'in_progress', usage: null },
  });
  expect(completed).toMatchObject({
    type: 'response.completed',
    response: {
      ...asked,
      id: 'resp_1',
      created_at: 7,
      status: 'completed',
      output: [],
      usage: { total_tokens: 0 },
    },
  });
  expect(warmUpEvents('r', 1, {})[1]).toMatchObject({ response: { model: '', temperature: null } });
});

describe('ResponseStream', () => {
  const done = (item: object) => `data: ${JSON.stringify({ type: 'response.output_item.done', item })}\n\n`;
  const end = (response: object, type = 'response.completed') =>
    `data: ${JSON.stringify({ type, response })}\n\n`;
  const answerTo = (text: string, step = text.length) => {
    const stream = new ResponseStream(10_000);
    const frames: string[] = [];
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += step)
      frames.push(...stream.push(bytes.subarray(at, at + step)));
    frames.push(...stream.end());
    return { frames, answer: stream.answer };
  };

  test.each([1, 7, 1000])('the same in pieces of %d bytes', (step) => {
    const text = `: beat\n\nevent: x\n${done({ id: 'a é' })}${end({ id: 'r', output: [{ id: 'a é' }] })}data: [DONE]\n\n`;
    const { frames, answer } = answerTo(text, step);
    expect(frames.map((frame) => JSON.parse(frame).type)).toEqual([
      'response.output_item.done',
      'response.completed',
    ]);
    expect(answer).toMatchObject({ id: 'r', output: [{ id: 'a é' }] });
  });

  test.each([
    [
      'the items where the end lists none',
      done({ id: 'a' }) + end({ id: 'r', output: [] }),
      { id: 'r', output: [{ id: 'a' }] },
    ],
    [
      'an incomplete response',
      end({ id: 'r', output: ['x'] }, 'response.incomplete'),
      { id: 'r', output: ['x'] },
    ],
    ['no failed one', end({ id: 'r', output: ['x'] }, 'response.failed'), undefined],
    ['none without an id', end({ output: ['x'] }), undefined],
    [
      'none that only speaks of an end',
      'data: {"type":"x","delta":"\\"response.completed\\""}\n\n',
      undefined,
    ],
    ['none that is no JSON', 'data: {"response.completed"\n\n', undefined],
  ])('keeps %s', (_, text, kept) => {
    const { answer } = answerTo(text);
    if (kept === undefined) expect(answer).toBeUndefined();
    else expect(answer).toMatchObject(kept);
  });
});
