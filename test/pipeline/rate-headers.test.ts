/** What a caller is told of its limits, in the words of each API. */
import { describe, expect, test } from 'bun:test';
import { spanText } from '../../src/pipeline/rate-headers.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { budgetOf, cappedStage, keyCaps, limitsOf, perToken } from './capped.ts';
import { chat, eventStream, reply } from './in-process.ts';

test.each([
  [0, '0ms'],
  [0.2, '1ms'],
  [120, '120ms'],
  [1000, '1s'],
  [1001, '2s'],
  [59_000, '59s'],
  [360_000, '6m0s'],
  [3_630_000, '1h0m30s'],
])('%p ms are %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

const limits = limitsOf({ rpm: 2, tpm: 6000 });
const theirs = {
  'x-ratelimit-limit-requests': '99999',
  'x-ratelimit-remaining-requests': '88888',
  'x-ratelimit-limit-tokens': '77777',
};

function told(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.includes('ratelimit')));
}

describe('OpenAI’s', () => {
  test.each([false, true])('ours instead of the upstream’s; streamed: %p', async (stream) => {
    const transport = async () => {
      const response = stream
        ? eventStream(
            `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
          )
        : Response.json(reply);
      for (const [name, value] of Object.entries(theirs)) response.headers.set(name, value);
      return response;
    };
    const stage = cappedStage([keyCaps({ limits })], { transport });
    const ask = async () =>
      (await stage.call(stage.request('/v1/chat/completions', { ...chat, stream, max_tokens: 100 })))
        .response;
    const first = await ask();
    expect(first.headers.toJSON()).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '30s',
      'x-ratelimit-limit-tokens': '6000',
    });
    expect(Number(first.headers.get('x-ratelimit-remaining-tokens'))).toBeWithin(5800, 5900);
    expect(first.headers.get('x-ratelimit-reset-tokens')).toMatch(/^(?:[12]s|\d+ms)$/);
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.toJSON()).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '0',
    });
    expect(Number(refused.headers.get('retry-after'))).toBeWithin(29, 31);
  });

  test('the upstream’s where there are none of ours', async () => {
    const stage = cappedStage([keyCaps({ limits: limitsOf({ parallel: 1 }) })], {
      transport: async () => Response.json(reply, { headers: theirs }),
    });
    const { response } = await stage.call(stage.request('/v1/chat/completions', chat));
    expect(told(response.headers)).toEqual(theirs);
  });

  test('of a route that is passed on', async () => {
    const provider: Partial<Provider> = { dialects: new Set(['openai-images'] as const) };
    const transport = async () => Response.json({ created: 1, data: [] }, { headers: theirs });
    const stage = cappedStage([keyCaps({ limits: limitsOf({ rpm: 2 }) })], { transport, provider });
    const { response } = await stage.call(
      stage.request('/v1/images/generations', { model: 'p/m', prompt: 'x' }),
    );
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('77777');
  });
});

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 4 },
};
const anthropic: Partial<Provider> = { dialects: new Set(['anthropic-messages'] as const) };

describe('Anthropic’s', () => {
  const ask = { model: 'p/m', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

  test('with the time of the reset', async () => {
    const stage = cappedStage([keyCaps({ limits })], {
      transport: async () => Response.json(message),
      provider: anthropic,
    });
    const { response } = await stage.call(stage.request('/v1/messages', ask));
    expect(Object.keys(told(response.headers)).sort()).toEqual(
      ['requests', 'tokens'].flatMap((what) =>
        ['limit', 'remaining', 'reset'].map((part) => `anthropic-ratelimit-${what}-${part}`),
      ),
    );
    const reset = response.headers.get('anthropic-ratelimit-requests-reset') ?? '';
    expect(reset).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(reset) - Date.now()).toBeWithin(25_000, 32_000);
  });

  test.each([
    [{ limits: limitsOf({ rpm: 0 }) }, 'requests a minute'],
    [{ budgets: [budgetOf(0)] }, 'is used up'],
  ] as const)('errors: %j', async (caps, words) => {
    const stage = cappedStage([keyCaps(caps)], {
      transport: async () => Response.json(message),
      provider: anthropic,
    });
    const { response, text } = await stage.call(stage.request('/v1/messages', ask));
    expect(response.status).toBe(429);
    expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    expect(text).toContain(words);
  });
});

test('a limit of tokens refuses with its own headers', async () => {
  const stage = cappedStage([keyCaps({ limits: limitsOf({ tpm: 1000 }) })], {
    transport: async () => Response.json({ ...reply, usage: { prompt_tokens: 400, completion_tokens: 500 } }),
    prices: perToken,
  });
  const ask = async (max_tokens: number) =>
    (await stage.call(stage.request('/v1/chat/completions', { ...chat, max_tokens }))).response;
  expect((await ask(5000)).headers.get('x-should-retry')).toBe('false');
  expect((await ask(500)).status).toBe(200);
  const refused = await ask(500);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('x-ratelimit-limit-tokens')).toBe('1000');
  expect(Number(refused.headers.get('x-ratelimit-remaining-tokens'))).toBeWithin(99, 110);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(20);
});
