/** A streamed call, end to end inside the process: the same events in both modes, and honest ends. */
import { describe, expect, test } from 'bun:test';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { everySplit } from '../core/generator.ts';
import { chat, eventStream, modes, requestFor, stageWith, upstreamKey } from './in-process.ts';

const path = '/v1/chat/completions';
const event = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (content: string) => ({
  id: 'c',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const finish = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const usage = { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } };
const shown = [chunk('Hé'), chunk('llo 漢😀'), finish].map(event).join('');
const done = 'data: [DONE]\n\n';
const whole = shown + event(usage) + done;

const streamed = (more: object = {}) => requestFor(path, { ...chat, stream: true, ...more });
const playing =
  (...pieces: (string | Uint8Array)[]): FetchLike =>
  async () =>
    eventStream(...pieces);

describe.each(modes)('%s', (mode) => {
  test('a client that did not ask for usage does not see it, the meter does', async () => {
    let sent = '';
    const transport: FetchLike = (url, init) => {
      sent = String(init.body);
      return playing(whole)(url, init);
    };
    const { response, text, record } = await stageWith({ mode, transport }).call(streamed());
    expect(JSON.parse(sent).stream_options).toEqual({ include_usage: true });
    expect(text).toBe(shown + done);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(record).toMatchObject({
      status: 200,
      stream: true,
      finish: 'stop',
      input_tokens: 3,
      output_tokens: 4,
    });
    expect(record.ttft_ms).toBeNumber();
  });

  test('a client that asked for it does', async () => {
    const stage = stageWith({ mode, transport: playing(whole) });
    expect((await stage.call(streamed({ stream_options: { include_usage: true } }))).text).toBe(whole);
  });

  test('a provider that takes no such question is not asked', async () => {
    let sent = '';
    const transport: FetchLike = (url, init) => {
      sent = String(init.body);
      return playing(shown + done)(url, init);
    };
    await stageWith({ mode, transport, provider: { quirks: { streamUsage: false } } }).call(streamed());
    expect(JSON.parse(sent)).not.toHaveProperty('stream_options');
  });

  test('wherever the stream is cut, the client sees the same', async () => {
    for (const halves of everySplit(Buffer.from(whole))) {
      const pieces = halves.filter((half) => half.length > 0);
      const { text } = await stageWith({ mode, transport: playing(...pieces) }).call(streamed());
      expect(text).toBe(shown + done);
    }
  });

  test.each([
    ['without [DONE]', shown],
    ['without its last blank line', (shown + done).trimEnd()],
    ['with more after [DONE]', shown + done + event(chunk('late'))],
  ])('a stream %s ends well', async (_how, sent) => {
    const { text, record } = await stageWith({ mode, transport: playing(sent) }).call(streamed());
    expect(text).toBe(shown + done);
    expect(record.error).toBeUndefined();
  });

  test.each([
    ['cut after an event', [event(chunk('a'))], 'upstream_incomplete'],
    ['cut inside an event', [event(chunk('a')), event(chunk('b')).slice(0, 20)], 'upstream_incomplete'],
    ['that becomes something else', [event(chunk('a')), 'data: <html>\n\n'], 'upstream_malformed'],
    ['that is no UTF-8', [event(chunk('a')), new Uint8Array([0x64, 0xff, 0x0a, 0x0a])], 'upstream_malformed'],
    [
      'that reports an error',
      [event(chunk('a')), event({ error: { message: 'broke' } })],
      'upstream_rejected',
    ],
  ] as [string, (string | Uint8Array)[], string][])(
    'a stream %s ends in an error',
    async (_how, pieces, code) => {
      const { response, text, record } = await stageWith({ mode, transport: playing(...pieces) }).call(
        streamed(),
      );
      expect(response.status).toBe(200);
      expect(text).toStartWith(event(chunk('a')));
      expect(text).not.toContain('[DONE]');
      expect(JSON.parse(text.split('data: ').at(-1) ?? '')).toHaveProperty('error');
      expect(record).toMatchObject({ error: code });
    },
  );

  test('an error in the same piece as what came before it hides nothing of that', async () => {
    const piece = event(chunk('a')) + event({ error: { message: 'broke' } });
    const { text } = await stageWith({ mode, transport: playing(event(chunk('0')), piece) }).call(streamed());
    expect(text).toStartWith(event(chunk('0')) + event(chunk('a')));
    expect(JSON.parse(text.split('data: ').at(-1) ?? '')).toMatchObject({ error: { message: 'broke' } });
  });

  test('an error before anything else is an honest status', async () => {
    const error = { message: `slow down, ${upstreamKey}`, type: 'tokens', code: 429, param: null };
    const { response, text } = await stageWith({ mode, transport: playing(event({ error })) }).call(
      streamed(),
    );
    expect(response.status).toBe(429);
    expect(JSON.parse(text)).toEqual({ error: { ...error, message: 'slow down, [redacted]' } });
  });
});
