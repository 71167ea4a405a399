/** A chat upstream whose streams go on until they are let go; the model's name says which is which, `silent` never begins. */
export interface EndlessUpstream {
  /** With the version. */
  readonly url: string;
  /** Whether a stream of the model is open. */
  isOpen(model: string): boolean;
  stop(): Promise<void>;
}

const tickMs = 20;

export function startEndlessUpstream(): EndlessUpstream {
  const open = new Set<string>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      if (request.method !== 'POST') return Response.json({ object: 'list', data: [] });
      const { model, stream } = (await request.json()) as { model: string; stream?: boolean };
      const chunk = {
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1,
        model,
        choices: [{ index: 0, delta: { role: 'assistant', content: 'x' }, finish_reason: null }],
      };
      if (stream !== true) {
        const message = { role: 'assistant', content: 'x' };
        const choices = [{ index: 0, message, finish_reason: 'stop' }];
        return Response.json({ ...chunk, object: 'chat.completion', choices });
      }
      open.add(model);
      let ticking: ReturnType<typeof setInterval> | undefined;
      const end = () => {
        clearInterval(ticking);
        open.delete(model);
      };
      request.signal.addEventListener('abort', end);
      const body = new ReadableStream({
        start(controller) {
          if (model !== 'silent')
            ticking = setInterval(() => controller.enqueue(`data: ${JSON.stringify(chunk)}\n\n`), tickMs);
        },
        cancel: end,
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    isOpen: (model) => open.has(model),
    stop: () => server.stop(true),
  };
}
