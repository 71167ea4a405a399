/** A provider whose every call costs a tenth of a dollar: it answers at once, or when it is let, and counts who comes. */

const reply = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-priced',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

/** As a gateway in front of it calls its model. */
export const pricedModel = 'openai/gpt-priced';
export const priceUsd = 0.1;

export function startHeldUpstream() {
  const state = { reached: 0, open: 0, gate: Promise.resolve() };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      if (request.method !== 'POST') return Response.json({ object: 'list', data: [] });
      state.reached++;
      state.open++;
      request.signal.addEventListener('abort', () => state.open--);
      await state.gate;
      if (!request.signal.aborted) state.open--;
      return Response.json(reply);
    },
  });
  return {
    state,
    /** From now on calls wait; what it returns lets them go. */
    hold(): () => void {
      const gate = Promise.withResolvers<void>();
      state.gate = gate.promise;
      return () => gate.resolve();
    },
    /** Of a gateway in front of it. */
    env: { OPENAI_API_KEY: 'sk-upstream', OPENAI_BASE_URL: `http://127.0.0.1:${server.port}/v1` },
    config: { prices: { models: { 'openai/*': { perRequest: priceUsd } } } },
    stop: () => server.stop(true),
  };
}
