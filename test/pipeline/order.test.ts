/** The order of the steps: who may not call is told so before anything of the call is read, and hanging up ends it all. */
import { describe, expect, test } from 'bun:test';
import { chat, modes, reply, requestFor, rootKey, stageWith } from './in-process.ts';

const path = '/v1/chat/completions';

/** A body that tells whether anyone looked at it. */
function watchedBody(): { body: ReadableStream<Uint8Array>; reads: () => number } {
  let reads = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        reads++;
        controller.enqueue(Buffer.from(JSON.stringify(chat)));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { body, reads: () => reads };
}

test.each([
  ['no credential', {}, 401],
  ['a wrong one', { authorization: 'Bearer sk-wrong' }, 401],
  ['two', { authorization: `Bearer ${rootKey}`, 'api-key': 'sk-2' }, 400],
] as [string, Record<string, string>, number][])(
  'with %s the body is not read and nothing is asked',
  async (_what, headers, status) => {
    let asked = 0;
    const stage = stageWith({
      transport: async () => {
        asked++;
        return Response.json(reply);
      },
    });
    const { body, reads } = watchedBody();
    const { response } = await stage.call(requestFor(path, '', { headers, body }));
    expect([response.status, reads(), asked]).toEqual([status, 0, 0]);
  },
);

test('with the right one it is read once', async () => {
  const { body, reads } = watchedBody();
  const stage = stageWith({ transport: async () => Response.json(reply) });
  const { response } = await stage.call(requestFor(path, '', { body }));
  expect([response.status, reads()]).toEqual([200, 1]);
});

test('a body that says it is too large is refused unread', async () => {
  const { body, reads } = watchedBody();
  const headers = { authorization: `Bearer ${rootKey}`, 'content-length': '99999999' };
  const stage = stageWith({ transport: async () => Response.json(reply) });
  const { response } = await stage.call(requestFor(path, '', { headers, body }));
  expect([response.status, reads()]).toEqual([413, 0]);
});

describe.each(modes)('%s', (mode) => {
  test.each([
    ['a quote', 'a"b-12345678'],
    ['a word of JSON', 'null'],
    ['a name of a field', 'status'],
    ['one letter', 'e'],
    ['a digit', '4'],
    ['a brace', '}'],
  ])(
    'an upstream credential that holds %s cannot break the refusal it is scrubbed from',
    async (_what, upstreamKey) => {
      const error = {
        message: `it is not ${upstreamKey} today`,
        type: 'invalid_request_error',
        param: null,
        code: null,
      };
      const transport = async () => Response.json({ error }, { status: 422 });
      const { response, text } = await stageWith({ mode, transport, upstreamKey }).call(
        requestFor(path, chat),
      );
      expect(response.status).toBe(422);
      const told = (JSON.parse(text) as { error: Record<string, unknown> }).error;
      expect(Object.keys(told)).toEqual(Object.keys(error));
      expect(told).toMatchObject({ param: null, code: null });
      // So short a credential is no credential, and its letters are everywhere.
      if (upstreamKey.length >= 8) expect(told.message).toBe('it is not [redacted] today');
    },
  );

  test.each([400, 403, 404, 409, 413, 422, 429, 500, 503, 529])(
    'status %d is passed on as it is',
    async (status) => {
      const error = { message: 'm', type: 't', param: 'p', code: 'c', more: { x: 1 } };
      const headers = { 'retry-after': '7', 'set-cookie': 'a=b' };
      const transport = async () => Response.json({ error }, { status, headers });
      const { response, text, record } = await stageWith({ mode, transport }).call(requestFor(path, chat));
      expect([response.status, record.status, response.headers.get('retry-after')]).toEqual([
        status,
        status,
        '7',
      ]);
      expect(response.headers.has('set-cookie')).toBe(false);
      expect(JSON.parse(text)).toEqual({ error });
    },
  );

  test.each([false, true])(
    'a client that hangs up before the answer takes the upstream with it (stream: %p)',
    async (stream) => {
      let aborted = false;
      const client = new AbortController();
      const stage = stageWith({
        mode,
        transport: (_url, { signal }) =>
          new Promise((_, reject) => {
            signal?.addEventListener('abort', () => {
              aborted = true;
              reject(new DOMException('aborted', 'AbortError'));
            });
            setTimeout(() => client.abort(), 60);
          }),
      });
      const { response, record } = await stage.call(
        requestFor(path, { ...chat, stream }, { signal: client.signal }),
      );
      expect(response.status).toBe(499);
      expect(record).toMatchObject({ status: 499, error: 'client_closed_request' });
      expect(aborted).toBe(true);
      expect([stage.wheel.size, stage.metrics.inFlight]).toEqual([0, 0]);
    },
  );
});
