/** A client never holds a complete reply whose record is not kept: whole, streamed, failed or passed on. */
import { describe, expect, test } from 'bun:test';
import { dialectNames } from '../../src/core/dialect-name.ts';
import { endpoints } from '../../src/http/endpoints.ts';
import { forwardEndpoints } from '../../src/http/surfaces.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { chat, eventStream, modes, reply, requestFor, stageWith } from './in-process.ts';

const streamed = { ...chat, stream: true };
const delta = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  })}\n\n`;
const usage = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
})}\n\n`;
const pieces = [delta('one'), delta('two', 'stop'), usage, 'data: [DONE]\n\n'];

/** A disk whose commits wait for the test's word. */
function slowDisk() {
  const kept: CallRecord[] = [];
  const word = Promise.withResolvers<void>();
  word.promise.catch(() => {});
  const asked = Promise.withResolvers<void>();
  const commit = (records: readonly CallRecord[]) => {
    kept.push(...records);
    asked.resolve();
    return word.promise;
  };
  return { kept, commit, asked: asked.promise, go: word.resolve, fail: word.reject };
}

/** What has come of a body until nothing more does. */
function reading(response: Response) {
  const state = { text: '', isOver: false };
  void (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      state.text += Buffer.from(chunk).toString('utf8');
    state.isOver = true;
  })().catch(() => {});
  return state;
}

const settle = () => Bun.sleep(30);

/** `call` of the stage reads the reply to its end: this hands it out as it begins. */
function begun(
  transport: FetchLike,
  path: string,
  body: unknown,
  commit: ReturnType<typeof slowDisk>['commit'],
  mode?: (typeof modes)[number],
) {
  const stage = stageWith({ transport, commit, ...(mode && { mode }) });
  return stage.respond(requestFor(path, body));
}

for (const mode of modes)
  describe(mode, () => {
    test('whole replies that wait for their records at once each tell their own call', async () => {
      const disk = slowDisk();
      const stage = stageWith({ transport: async () => Response.json(reply), commit: disk.commit, mode });
      const answers = Array.from({ length: 9 }, () =>
        stage.respond(requestFor('/v1/chat/completions', chat)),
      );
      await disk.asked;
      await settle();
      disk.go();
      const ids = (await Promise.all(answers)).map(({ headers }) => headers.get('x-request-id') ?? '');
      expect(ids.sort()).toEqual(disk.kept.map(({ requestId }) => requestId).sort());
      expect(new Set(ids).size).toBe(9);
    });

    test('a whole reply waits for its record', async () => {
      const disk = slowDisk();
      let isAnswered = false;
      const answer = begun(
        async () => Response.json(reply),
        '/v1/chat/completions',
        chat,
        disk.commit,
        mode,
      ).then((response) => {
        isAnswered = true;
        return response;
      });
      await disk.asked;
      await settle();
      expect(isAnswered).toBe(false);
      expect(disk.kept.map(({ status, usage }) => [status, usage?.outputTokens])).toEqual([[200, 4]]);
      disk.go();
      expect((await answer).status).toBe(200);
    });

    test('a stream flows, and its last event waits', async () => {
      const disk = slowDisk();
      const response = await begun(
        async () => eventStream(...pieces),
        '/v1/chat/completions',
        streamed,
        disk.commit,
        mode,
      );
      const read = reading(response);
      await disk.asked;
      await settle();
      expect(read.text).toContain('two');
      expect(read.text).not.toContain('[DONE]');
      expect(read.isOver).toBe(false);
      disk.go();
      await settle();
      expect(read.text).toEndWith('data: [DONE]\n\n');
      expect(read.isOver).toBe(true);
      expect(disk.kept.map(({ usage, finish }) => [usage?.outputTokens, finish])).toEqual([[4, 'stop']]);
    });

    test('what ends in one piece is held back whole', async () => {
      const disk = slowDisk();
      const response = await begun(
        async () => eventStream(pieces.join('')),
        '/v1/chat/completions',
        streamed,
        disk.commit,
        mode,
      );
      const read = reading(response);
      await disk.asked;
      await settle();
      expect(read.text).not.toContain('[DONE]');
      disk.go();
      await settle();
      expect(read.text).toContain('one');
      expect(read.text.split('[DONE]').length).toBe(2);
    });

    test('where it cannot be kept, a whole reply is refused and a stream ends in an error', async () => {
      const whole = slowDisk();
      whole.fail(new Error('the disk is full'));
      const refused = await begun(
        async () => Response.json(reply),
        '/v1/chat/completions',
        chat,
        whole.commit,
        mode,
      );
      expect(refused.status).toBe(503);
      expect(await refused.text()).not.toContain('Hello');
      const stream = slowDisk();
      stream.fail(new Error('the disk is full'));
      const broken = await begun(
        async () => eventStream(...pieces),
        '/v1/chat/completions',
        streamed,
        stream.commit,
        mode,
      );
      const text = await broken.text();
      expect(text).toContain('"code":"storage_unavailable"');
      expect(text).toContain('one');
    });
  });

describe('every route', () => {
  const routes = [...endpoints, ...forwardEndpoints].filter(({ path }) => !/[:*]/.test(path));
  test('there are many', () => expect(routes.length).toBeGreaterThan(15));
  for (const { path } of routes)
    test(`${path}: a call that went upstream is kept before it is answered, one that was refused is not`, async () => {
      const disk = slowDisk();
      const stage = stageWith({
        transport: async () => Response.json({ error: { message: 'no' } }, { status: 400 }),
        commit: disk.commit,
        provider: { dialects: new Set(dialectNames) },
      });
      const body = {
        model: 'p/m',
        messages: [{ role: 'user', content: 'hi' }],
        input: 'hi',
        prompt: 'hi',
        contents: [],
        max_tokens: 5,
      };
      let isAnswered = false;
      const answer = stage.respond(requestFor(path, body)).then((response) => {
        isAnswered = true;
        return response;
      });
      await Promise.race([disk.asked, answer]);
      await settle();
      expect([disk.kept.length, isAnswered]).toEqual([1, false]);
      disk.go();
      expect((await answer).status).toBe(400);
      const headers = { authorization: 'Bearer wrong' };
      expect((await stage.respond(requestFor(path, body, { headers }))).status).toBe(401);
      expect(disk.kept.length).toBe(1);
    });
});

test('a client that hangs up is recorded, and waits for nothing', async () => {
  const disk = slowDisk();
  const hangUp = new AbortController();
  const upstream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(delta('one'))),
  });
  const stage = stageWith({
    transport: async () => new Response(upstream, { headers: { 'content-type': 'text/event-stream' } }),
    commit: disk.commit,
  });
  const response = await stage.respond(
    requestFor('/v1/chat/completions', streamed, { signal: hangUp.signal }),
  );
  const read = reading(response);
  await settle();
  hangUp.abort();
  await disk.asked;
  expect(disk.kept.map(({ error }) => error?.code)).toEqual(['client_closed_request']);
  expect(read.text).toContain('one');
});

test('replies that wait together each keep their own headers', async () => {
  const disk = slowDisk();
  let asked = 0;
  const transport: FetchLike = async () => {
    const tokens = ++asked * 10;
    return Response.json({ ...reply, usage: { prompt_tokens: tokens, completion_tokens: 0 } });
  };
  const models = { 'p/m': { inputPerMTok: 1 } };
  const stage = stageWith({ transport, commit: disk.commit, prices: { unknown: 'flag', models } });
  const calls = Array.from({ length: 3 }, () => stage.respond(requestFor('/v1/chat/completions', chat)));
  await disk.asked;
  await settle();
  disk.go();
  const told = (await Promise.all(calls)).map(({ headers }) => [
    headers.get('x-request-id'),
    Number(headers.get('x-opengateway-cost-usd')),
  ]);
  expect(disk.kept).toHaveLength(3);
  const expected = disk.kept.map(({ requestId, costNanoUsd = 0 }) => [requestId, costNanoUsd / 1e9]);
  expect(new Set(expected.flat()).size).toBe(6);
  expect(told.sort()).toEqual(expected.sort());
});
