/** Claude through InvokeModel: recorded streams unpacked to Anthropic's events, errors in Anthropic's words. */

import { describe, expect, test } from 'bun:test';
import { parseObject } from '../../../src/core/json.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { invokeTransport, unpacked } from '../../../src/providers/bedrock/invoke.ts';
import { fetchTransport } from '../../../src/upstream/fetch-transport.ts';
import { frameOf, pieces, seeded, streamOf, wireEvents } from '../../support/event-frames.ts';
import { fetchThrough } from '../../support/fetch-through.ts';
import { readTraffic, Tally, trafficIsPresent } from '../../support/traffic.ts';

const url = 'http://h/model/anthropic.claude-x/invoke-with-response-stream';

function framed(...chunks: Uint8Array[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/vnd.amazon.eventstream' } });
}

async function through(response: Response, at = url): Promise<Response> {
  return await fetchThrough(invokeTransport(fetchTransport(async () => response)))(at, { headers: {} });
}

const chunk = (event: object) =>
  frameOf(['chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abc' }]);

test('frames become server-sent events', async () => {
  const bytes = Buffer.concat([chunk({ type: 'message_start', a: 'é\n' }), chunk({ type: 'message_stop' })]);
  const response = await through(framed(...pieces(bytes, seeded(3), 9)));
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await response.text()).toBe(
    'event: message_start\ndata: {"type":"message_start","a":"é\\n"}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
  );
});

test('an exception becomes Anthropic’s error event', async () => {
  const response = await through(framed(frameOf(['throttlingException', { message: 'slow' }])));
  expect(await response.text()).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}\n\n',
  );
});

test.each([
  ['cut short', chunk({ type: 'ping' }).subarray(0, 30)],
  ['broken', Buffer.from(chunk({ type: 'ping' })).fill(0, 40, 44)],
  ['no JSON inside', streamOf([['chunk', { bytes: 'aGk=' }]])],
])('a stream that is %s breaks instead of ending well', async (_, bytes) => {
  const response = await through(framed(bytes));
  await expect(response.text()).rejects.toThrow();
});

describe('errors', () => {
  const json = (status: number, body: object, headers = {}) => Response.json(body, { status, headers });

  test('are in Anthropic’s words', async () => {
    const response = await through(json(400, { message: 'Malformed input request' }));
    expect([response.status, await response.json()]).toEqual([
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: 'Malformed input request' } },
    ]);
  });

  test('a refused credential says nothing of itself', async () => {
    const response = await through(json(403, { message: 'The Canonical String for this request …' }));
    expect([response.status, await response.text()]).toEqual([401, '']);
  });

  test('too long to read are left unread', async () => {
    const response = await through(json(500, { message: 'x'.repeat(1 << 17) }));
    expect([response.status, await response.json()]).toEqual([500, {}]);
  });
});

test('other paths and whole replies pass untouched', async () => {
  const whole = await through(Response.json({ type: 'message' }));
  expect([whole.status, await whole.json()]).toEqual([200, { type: 'message' }]);
  const frame = chunk({});
  const converse = await through(framed(frame), 'http://h/model/m/converse-stream');
  expect(converse.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  expect(Buffer.from(await converse.bytes())).toEqual(Buffer.from(frame));
});

const present = trafficIsPresent('bedrock-invoke');
test.skipIf(!present)(
  `recorded streams of Claude are whole messages${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    const tally = new Tally();
    for (const { id, request, response } of readTraffic('bedrock-invoke')) {
      if (!request.url.includes('claude') || response.base64 === undefined) continue;
      const once = Buffer.from(response.base64, 'base64');
      const isText = once.every((byte) => byte > 0x20 && byte < 0x7f);
      const bytes = isText ? Buffer.from(once.toString('latin1'), 'base64') : once;
      const events = eventsOf(wireEvents(bytes).map(unpacked).join(''));
      if (events[0]?.name !== 'message_start') {
        tally.except('an older API of text completions', id);
        continue;
      }
      for (const { name, data } of events)
        expect({ id, type: parseObject(data)?.type }).toEqual({ id, type: name });
      expect({ id, last: events.at(-1)?.name }).toEqual({ id, last: 'message_stop' });
      tally.keep();
    }
    tally.print('bedrock-invoke streams of Claude');
    expect(tally.exceptions).toBeLessThan(5);
  },
);
