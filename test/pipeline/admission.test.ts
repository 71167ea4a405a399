/** Calls that are held down: how many get through, what each end leaves behind, and what is charged when nobody told. */
import { describe, expect, test } from 'bun:test';
import type { Counters } from '../../src/ledger/counters.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { budgetOf, cappedStage, keyCaps, limitsOf, perToken } from './capped.ts';
import { chat, eventStream, modes, reply, requestFor, stageWith } from './in-process.ts';

const path = '/v1/chat/completions';
const plain = async () => Response.json(reply);

/** Answers when all have come that will. */
function gathering(expected: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const counts = { reached: 0, most: 0 };
  return {
    counts,
    async transport() {
      counts.reached++;
      counts.most = Math.max(counts.most, counts.reached);
      if (counts.reached === expected) resolve();
      await promise;
      return Response.json(reply);
    },
  };
}

describe('100 calls at once', () => {
  test.each(modes)('of $0.10 against a budget of $5: exactly 50 reach the upstream, %s', async (mode) => {
    const { counts, transport } = gathering(50);
    const stage = cappedStage([keyCaps({ budgets: [budgetOf(5)] })], { transport, mode });
    const called = await Promise.all(
      Array.from({ length: 100 }, () => stage.call(stage.request(path, chat))),
    );
    expect(counts.reached).toBe(50);
    const refused = called.filter(({ response }) => response.status !== 200);
    expect(refused.length).toBe(50);
    for (const { response, text } of refused) {
      expect(response.status).toBe(429);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(JSON.parse(text)).toMatchObject({
        error: { type: 'insufficient_quota', code: 'budget_exceeded' },
      });
    }
    expect(await stage.money()).toEqual({ spent: 5, reserved: 0 });
    expect(stage.counters.size.held).toBe(0);
    expect(stage.metrics.refusals.get('key budget')).toBe(50);
  });

  test.each([
    ['rpm', 'requests a minute'],
    ['parallel', 'calls at once'],
  ] as const)('against %s of 50: exactly 50 reach the upstream', async (name, words) => {
    const { counts, transport } = gathering(50);
    const caps = [keyCaps({ limits: limitsOf({ [name]: 50 }) })];
    const stage = cappedStage(caps, { transport });
    const called = await Promise.all(
      Array.from({ length: 100 }, () => stage.call(stage.request(path, chat))),
    );
    expect(counts.reached).toBe(50);
    const refused = called.filter(({ response }) => response.status !== 200);
    expect(refused.length).toBe(50);
    for (const { response, text } of refused) {
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThan(0);
      expect(JSON.parse(text)).toMatchObject({
        error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      });
      expect(text).toContain(words);
    }
    expect(stage.counters.size.held).toBe(0);
    expect(stage.metrics.refusals.get(`key ${name}`)).toBe(50);
  });

  test('at two levels: the tighter holds, and what it refuses takes nothing of the other', async () => {
    const { counts, transport } = gathering(20);
    const team = { kind: 'team', id: 'team_of_the_tests' } as const;
    const stage = cappedStage(
      [
        keyCaps({ limits: limitsOf({ parallel: 20 }) }),
        { scope: team, limits: limitsOf({ rpm: 1000 }), budgets: [budgetOf(5)] },
      ],
      { transport },
    );
    await Promise.all(Array.from({ length: 100 }, () => stage.call(stage.request(path, chat))));
    expect(counts.reached).toBe(20);
    expect(await stage.money()).toEqual({ spent: 2, reserved: 0 });
  });
});

const text = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
const finish = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } })}\n\n`;
const done = 'data: [DONE]\n\n';

function endless(...pieces: readonly string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

interface End {
  readonly transport: FetchLike;
  readonly stream?: boolean;
  /** When the client hangs up. */
  readonly hangUp?: 'at once' | 'after the first event';
  readonly status: number;
  readonly cost: number;
}

const never: FetchLike = (_url, { signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

const ends: Readonly<Record<string, End>> = {
  'a whole reply': { transport: plain, status: 200, cost: 0.1 },
  'a reply without usage': {
    transport: async () => Response.json({ ...reply, usage: undefined }),
    status: 200,
    cost: 0.1,
  },
  'a stream': {
    transport: async () => eventStream(text('hi'), finish, done),
    stream: true,
    status: 200,
    cost: 0.1,
  },
  'a stream that ends too soon': {
    transport: async () => eventStream(text('hi there')),
    stream: true,
    status: 200,
    cost: 0.1,
  },
  'a stream that falls silent': {
    transport: async () => endless(text('hi there')),
    stream: true,
    status: 200,
    cost: 0.1,
  },
  'a refusal': {
    transport: async () => Response.json({ error: { message: 'no' } }, { status: 400 }),
    status: 400,
    cost: 0,
  },
  'an overloaded upstream': {
    transport: async () => Response.json({ error: { message: 'no' } }, { status: 503 }),
    status: 503,
    cost: 0,
  },
  'a refusal that claims success': {
    transport: async () => Response.json({ error: { message: 'no' } }),
    status: 502,
    cost: 0,
  },
  'a stream that begins with an error': {
    transport: async () => eventStream('data: {"error":{"message":"no"}}\n\n'),
    stream: true,
    status: 502,
    cost: 0,
  },
  'a reply that is none': { transport: async () => new Response('<html>'), status: 502, cost: 0 },
  'no connection': {
    transport: async () => {
      throw new TypeError('connection refused');
    },
    status: 502,
    cost: 0,
  },
  'no answer in time': { transport: never, status: 504, cost: 0 },
  'a hang-up while nothing has come': { transport: never, hangUp: 'at once', status: 499, cost: 0.1 },
  'a hang-up in the middle of a stream': {
    transport: async () => endless(text('hi there')),
    stream: true,
    hangUp: 'after the first event',
    status: 200,
    cost: 0.1,
  },
};

describe.each(modes)('%s: what was held is given back after', (mode) => {
  test.each(Object.entries(ends))(
    '%s',
    async (_name, { transport, stream = false, hangUp, status, cost }) => {
      const caps = [
        keyCaps({ limits: limitsOf({ rpm: 10, tpm: 100_000, parallel: 1 }), budgets: [budgetOf(5)] }),
      ];
      const stage = cappedStage(caps, { transport, mode });
      const client = new AbortController();
      const under = stage.respond(stage.request(path, { ...chat, stream }, { signal: client.signal }));
      if (hangUp === 'at once') setTimeout(() => client.abort(), 20);
      const response = await under;
      expect(response.status).toBe(status);
      if (hangUp === 'after the first event') {
        const reader = response.body?.getReader();
        await reader?.read();
        client.abort();
        await reader?.cancel().catch(() => {});
      } else await response.text();
      expect(stage.counters.size.held).toBe(0);
      expect(await stage.money()).toEqual({ spent: cost, reserved: 0 });
      // The one slot is free again.
      expect((await stage.call(stage.request(path, chat))).response.status).not.toBe(429);
    },
  );

  test('a fault of our own', async () => {
    const caps = [keyCaps({ limits: limitsOf({ parallel: 1 }), budgets: [budgetOf(5)] })];
    const adapt = () => {
      throw new Error('a bug');
    };
    const stage = cappedStage(caps, { transport: plain, mode, provider: { adapt } });
    for (let round = 0; round < 2; round++)
      expect((await stage.call(stage.request(path, chat))).response.status).toBe(500);
    expect(stage.counters.size.held).toBe(0);
    expect(await stage.money()).toEqual({ spent: 0, reserved: 0 });
  });
});

describe.each(modes)('%s: what nobody told is estimated, and said to be', (mode) => {
  const options = { mode, prices: perToken };
  const prompt = { ...chat, messages: [{ role: 'user', content: 'x'.repeat(4000) }] };

  test('of a stream the client left', async () => {
    const words = 'word '.repeat(80);
    const stage = cappedStage([], { ...options, transport: async () => endless(text(words), text(words)) });
    const client = new AbortController();
    const response = await stage.respond(
      stage.request(path, { ...prompt, stream: true }, { signal: client.signal }),
    );
    const reader = response.body?.getReader();
    await reader?.read();
    await Bun.sleep(20);
    client.abort();
    await reader?.cancel().catch(() => {});
    const record = await stage.lastRecord();
    expect(record).toMatchObject({ status: 499, usage_estimated: true, output_tokens: 200 });
    expect(record.input_tokens).toBeWithin(1000, 1050);
    expect(record.cost_usd).toBe((Number(record.input_tokens) + 200) / 1000);
  });

  test('of a whole reply', async () => {
    const content = 'y'.repeat(400);
    const [choice] = reply.choices;
    const transport = async () =>
      Response.json({
        ...reply,
        usage: undefined,
        choices: [{ ...choice, message: { role: 'assistant', content } }],
      });
    const { record, response } = await cappedStage([], { ...options, transport }).call(
      requestFor(path, prompt),
    );
    expect(record).toMatchObject({ usage_estimated: true, output_tokens: 100 });
    expect(response.headers.get('x-opengateway-cost-usd')).toBe(String(record.cost_usd));
  });

  test('what the upstream told stands, and bears no mark', async () => {
    const { record } = await cappedStage([], { ...options, transport: plain }).call(requestFor(path, prompt));
    expect(record).toMatchObject({ input_tokens: 3, output_tokens: 4, cost_usd: 0.007 });
    expect(record).not.toHaveProperty('usage_estimated');
  });
});

describe('the estimate', () => {
  test('reserves what the call may write at most, and gives back what it did not', async () => {
    const seen: number[] = [];
    const transport = async () => {
      seen.push((await stage.money()).reserved);
      return Response.json(reply);
    };
    const stage = cappedStage([keyCaps({ budgets: [budgetOf(100)] })], { transport, prices: perToken });
    await stage.call(stage.request(path, { ...chat, max_tokens: 2000 }));
    await stage.call(stage.request(path, { ...chat, max_completion_tokens: 1000, n: 3 }));
    expect(seen[0]).toBeWithin(2, 2.1);
    expect(seen[1]).toBeWithin(3, 3.1);
    expect(await stage.money()).toEqual({ spent: 0.014, reserved: 0 });
  });

  test('learns what a model usually writes', async () => {
    const seen: number[] = [];
    const transport = async () => {
      seen.push((await stage.money()).reserved);
      return Response.json({ ...reply, usage: { prompt_tokens: 3, completion_tokens: 10 } });
    };
    const stage = cappedStage([keyCaps({ budgets: [budgetOf(1000)] })], { transport, prices: perToken });
    for (let round = 0; round < 40; round++) await stage.call(stage.request(path, chat));
    expect(seen[0]).toBeWithin(0.5, 0.55);
    expect(seen.at(-1)).toBeLessThan(0.05);
  });

  test('a call that may cost more than is left is refused before it goes out', async () => {
    let sent = 0;
    const transport = async () => {
      sent++;
      return Response.json(reply);
    };
    const stage = cappedStage([keyCaps({ budgets: [budgetOf(1)] })], { transport, prices: perToken });
    const ask = async (max_tokens: number) =>
      (await stage.call(stage.request(path, { ...chat, max_tokens }))).response.status;
    expect(await ask(1001)).toBe(429);
    expect(sent).toBe(0);
    expect(await ask(900)).toBe(200);
    expect(await stage.money()).toEqual({ spent: 0.007, reserved: 0 });
  });
});

describe('what is passed on', () => {
  const speech = { model: 'p/m', input: 'x'.repeat(4000), voice: 'v' };
  const provider: Partial<Provider> = { dialects: new Set(['openai-audio', 'openai-platform'] as const) };
  const transport = async () => new Response('sound', { headers: { 'content-type': 'audio/mpeg' } });
  const caps = [keyCaps({ limits: limitsOf({ parallel: 1 }), budgets: [budgetOf(5)] })];

  test('costs what each request does, whether or not anything holds it', async () => {
    const stage = cappedStage(caps, { transport, provider });
    const { record } = await stage.call(stage.request('/v1/audio/speech', speech));
    expect(record).toMatchObject({ status: 200, cost_usd: 0.1 });
    expect(record).not.toHaveProperty('usage_estimated');
    expect(await stage.money()).toEqual({ spent: 0.1, reserved: 0 });
    const free = cappedStage([], { transport, provider });
    expect((await free.call(free.request('/v1/audio/speech', speech))).record).toMatchObject({
      cost_usd: 0.1,
    });
  });

  test('has no usage made up for it', async () => {
    const stage = cappedStage(caps, { transport, provider, prices: perToken });
    const { record } = await stage.call(stage.request('/v1/audio/speech', speech));
    expect(record).not.toHaveProperty('input_tokens');
    expect(await stage.money()).toEqual({ spent: 0, reserved: 0 });
    expect(stage.counters.size.held).toBe(0);
  });

  test.each(['/v1/files', '/v1/conversations', '/v1/uploads'])(
    '%s is free, and held by limits alone',
    async (path) => {
      const spent = [keyCaps({ limits: limitsOf({ rpm: 1 }), budgets: [budgetOf(0)] })];
      const stage = cappedStage(spent, { transport, provider });
      const ask = async () => (await stage.call(stage.request(path, { purpose: 'batch' }))).response.status;
      expect([await ask(), await ask()]).toEqual([200, 429]);
    },
  );
});

describe('a price nobody knows', () => {
  const unknown = { unknown: 'flag', models: {} } as const;

  test.each([
    ['is refused where a budget holds', { budgets: [budgetOf(5)] }, 'refuse', 403],
    ['passes where that is wanted', { budgets: [budgetOf(5)] }, 'allow', 200],
    ['passes where only a rate is limited', { limits: limitsOf({ tpm: 100_000 }) }, 'refuse', 200],
  ] as const)('%s', async (_what, caps, unknownPrice, status) => {
    const stage = cappedStage([keyCaps(caps)], {
      transport: plain,
      prices: unknown,
      caps: { unknownPrice },
    });
    const { response, text: said } = await stage.call(stage.request(path, chat));
    expect(response.status).toBe(status);
    if (status === 403) expect(said).toContain('price_unknown');
    expect(await stage.money()).toEqual({ spent: 0, reserved: 0 });
  });
});

test('where nothing caps a call nobody is asked', async () => {
  const counters: Counters = {
    reserve: () => {
      throw new Error('asked');
    },
    settle: () => {
      throw new Error('told');
    },
    standing: async () => [],
  };
  const stage = stageWith({ counters, transport: plain });
  expect((await stage.call(requestFor(path, chat))).response.status).toBe(200);
});

describe('counts that are kept elsewhere', () => {
  test('are waited for, and their failure is an honest status', async () => {
    const answers: (() => Promise<never>)[] = [async () => await Promise.reject(new Error('gone'))];
    const counters: Counters = {
      reserve: () => answers[0]?.() ?? Promise.reject(new Error('none')),
      settle: () => {},
      standing: async () => [],
    };
    let sent = 0;
    const transport = async () => {
      sent++;
      return Response.json(reply);
    };
    const stage = cappedStage([keyCaps({ limits: limitsOf({ rpm: 1 }) })], { counters, transport });
    expect((await stage.call(stage.request(path, chat))).response.status).toBe(500);
    expect(sent).toBe(0);
  });

  test('a client that left while they were asked sends nothing', async () => {
    const client = new AbortController();
    let settled = 0;
    const counters: Counters = {
      reserve: async ({ id }) => {
        client.abort();
        await Bun.sleep(5);
        return { id, charges: [], warnings: [] };
      },
      settle: () => {
        settled++;
      },
      standing: async () => [],
    };
    let sent = 0;
    const transport = async () => {
      sent++;
      return Response.json(reply);
    };
    const stage = cappedStage([keyCaps({ limits: limitsOf({ rpm: 1 }) })], { counters, transport });
    const { response } = await stage.call(stage.request(path, chat, { signal: client.signal }));
    expect([response.status, sent, settled]).toEqual([499, 0, 1]);
  });

  test('that fail at the end of a call harm no reply, and are told of', async () => {
    const counters: Counters = {
      reserve: async ({ id }) => ({ id, charges: [], warnings: [] }),
      settle: async () => {
        throw new Error('gone');
      },
      standing: async () => [],
    };
    const stage = cappedStage([keyCaps({ limits: limitsOf({ rpm: 1 }) })], { counters, transport: plain });
    expect((await stage.call(stage.request(path, chat))).response.status).toBe(200);
    expect(await stage.logText()).toContain('settle.failed');
  });
});
