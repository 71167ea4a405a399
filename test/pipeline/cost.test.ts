/** What a call cost stands in its reply's headers, its log line and the metrics, whatever way it took. */
import { describe, expect, test } from 'bun:test';
import type { PriceSettings } from '../../src/ledger/price-book.ts';
import { expose } from '../../src/telemetry/exposition.ts';
import {
  chat,
  eventStream,
  type InProcessOptions,
  modes,
  reply,
  requestFor,
  stageWith,
} from './in-process.ts';

const header = 'x-opengateway-cost-usd';
/** Three tokens in, four out, at a dollar and ten a million: 43 micro-dollars. */
const prices: PriceSettings = { unknown: 'flag', models: { 'p/m': { inputPerMTok: 1, outputPerMTok: 10 } } };
const cost = 0.000043;
const path = '/v1/chat/completions';
const whole = async () => Response.json(reply);
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', ...fields })}\n\n`;
const streamed = async () =>
  eventStream(
    chunk({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    chunk({ choices: [], usage: reply.usage }),
    'data: [DONE]\n\n',
  );

async function called(options: InProcessOptions, request = requestFor(path, chat)) {
  const stage = stageWith({ prices, ...options });
  const { response, record } = await stage.call(request);
  const { text } = await expose(stage.metrics, 'v');
  return { response, record, metrics: text, stage };
}

const total = (metrics: string, name: string) =>
  Number(new RegExp(`^opengateway_${name}_total\\{.*\\} (\\S+)$`, 'm').exec(metrics)?.[1]);

describe.each(modes)('%s', (mode) => {
  test('a whole reply', async () => {
    const { response, record, metrics } = await called({ transport: whole, mode });
    expect(response.headers.get(header)).toBe('0.000043');
    expect(record).toMatchObject({ cost_usd: cost });
    expect(record).not.toHaveProperty('cost_unknown');
    expect(total(metrics, 'cost_usd')).toBe(cost);
    expect(total(metrics, 'cost_unknown')).toBeNaN();
  });

  test('a stream, which is over when its cost is known', async () => {
    const request = requestFor(path, { ...chat, stream: true });
    const { response, record, metrics } = await called({ transport: streamed, mode }, request);
    expect(response.headers.has(header)).toBe(false);
    expect(record).toMatchObject({ cost_usd: cost });
    expect(total(metrics, 'cost_usd')).toBe(cost);
  });

  test('a model without a price is flagged, not free', async () => {
    const transport = whole;
    const { response, record, metrics } = await called({
      transport,
      mode,
      prices: { unknown: 'flag', models: {} },
    });
    expect(response.status).toBe(200);
    expect(response.headers.has(header)).toBe(false);
    expect(record).toMatchObject({ cost_unknown: true });
    expect(record).not.toHaveProperty('cost_usd');
    expect(total(metrics, 'cost_unknown')).toBe(1);
    expect(total(metrics, 'cost_usd')).toBeNaN();
  });

  test('or refused before anything is sent', async () => {
    let sent = 0;
    const transport = async () => {
      sent++;
      return Response.json(reply);
    };
    const { response, record } = await called({ transport, mode, prices: { unknown: 'refuse', models: {} } });
    expect(response.status).toBe(403);
    expect(record).toMatchObject({ error: 'price_unknown' });
    expect(record).not.toHaveProperty('cost_unknown');
    expect(sent).toBe(0);
  });

  test('the tier of service that answered decides', async () => {
    const transport = async () => Response.json({ ...reply, service_tier: 'batch' });
    const { record } = await called({ transport, mode });
    // Prices of one's own know no tiers.
    expect(record).toMatchObject({ cost_usd: cost });
  });

  test('no header of one call is seen in the next', async () => {
    const replies = [
      reply,
      { error: { message: 'm' } },
      { ...reply, usage: { prompt_tokens: 1, completion_tokens: 0 } },
    ];
    const stage = stageWith({ prices, mode, transport: async () => Response.json(replies.shift()) });
    const told: (string | null)[] = [];
    for (let call = 0; call < 3; call++) {
      const { response } = await stage.call(requestFor(path, chat));
      told.push(response.headers.get(header));
    }
    expect(told).toEqual(['0.000043', null, '0.000001']);
  });

  test('an error costs nothing and is not unknown', async () => {
    const transport = async () => Response.json({ error: { message: 'm' } }, { status: 500 });
    const { response, record } = await called({ transport, mode });
    expect(response.headers.has(header)).toBe(false);
    expect(record).not.toHaveProperty('cost_usd');
    expect(record).not.toHaveProperty('cost_unknown');
  });
});

describe('what is passed on', () => {
  const dialects = new Set(['openai-images'] as const);
  const image = { model: 'p/m', prompt: 'a cat' };
  const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };

  test('a whole reply with usage', async () => {
    const transport = async () => Response.json({ created: 1, data: [], usage });
    const { response, record } = await called(
      { transport, provider: { dialects } },
      requestFor('/v1/images', image),
    );
    expect(response.headers.get(header)).toBe('0.000043');
    expect(record).toMatchObject({ cost_usd: cost });
  });

  test('a stream with usage at its end', async () => {
    const transport = async () =>
      eventStream(`data: ${JSON.stringify({ type: 'image.completed', usage })}\n\n`);
    const { record } = await called(
      { transport, provider: { dialects } },
      requestFor('/v1/images', { ...image, stream: true }),
    );
    expect(record).toMatchObject({ cost_usd: cost });
  });
});

test('many small costs add up exactly', async () => {
  const models = { 'p/m': { inputPerMTok: 0.1 } };
  const transport = async () =>
    Response.json({ ...reply, usage: { prompt_tokens: 1, completion_tokens: 0 } });
  const stage = stageWith({ transport, prices: { unknown: 'flag', models } });
  for (let call = 0; call < 30; call++) await stage.call(requestFor(path, chat));
  const [series] = stage.metrics.series;
  expect(series?.costNanoUsd.value).toBe(3000n);
  expect(total((await expose(stage.metrics, 'v')).text, 'cost_usd')).toBe(0.000003);
});
