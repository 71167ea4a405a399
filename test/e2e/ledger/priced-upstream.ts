/** An upstream whose every answer costs something, whole or streamed. */

const pricedModel = 'gpt-4o';
/** Nano-dollars of one call: 100 tokens in, 50 out, at the prices of `prices` below. */
export const costNanoUsd = 100 * 1000 + 50 * 3000;
export const prices = { models: { [`openai/${pricedModel}`]: { inputPerMTok: 1, outputPerMTok: 3 } } };

const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
const common = { id: 'chatcmpl-1', created: 1, model: pricedModel };

function event(fields: object): string {
  return `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', ...fields })}\n\n`;
}

const stream =
  event({ choices: [{ index: 0, delta: { role: 'assistant', content: 'hi' }, finish_reason: null }] }) +
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
  event({ choices: [], usage }) +
  'data: [DONE]\n\n';

const message = { role: 'assistant', content: 'hi' };
const whole = {
  ...common,
  object: 'chat.completion',
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage,
};

export function startPricedUpstream() {
  let reached = 0;
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (request.method !== 'POST') return Response.json({ data: [] });
      reached++;
      const { stream: isStream } = (await request.json()) as { stream?: boolean };
      if (isStream !== true) return Response.json(whole);
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  return {
    env: {
      OPENAI_API_KEY: 'sk-upstream-of-the-ledger',
      OPENAI_BASE_URL: `http://127.0.0.1:${server.port}/v1`,
    },
    reached: () => reached,
    stop: () => server.stop(true),
  };
}

/** The reply's id, once all of the reply is here and says it is whole; undefined where it is not. */
export async function callOnce(
  url: string,
  key: string,
  isStream: boolean,
  customer?: string,
): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: pricedModel,
        stream: isStream,
        messages: [{ role: 'user', content: 'hi' }],
        max_tokens: 50,
        ...(customer !== undefined && { user: customer }),
      }),
    });
    const text = await response.text();
    const isWhole = isStream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}');
    if (response.status !== 200 || !isWhole) return undefined;
    return response.headers.get('x-request-id') ?? undefined;
  } catch {
    return undefined;
  }
}
