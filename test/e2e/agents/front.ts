/** An HTTP relay before the gateway that keeps each request as the agent sent it and the head of its reply. */
export interface SentRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly text: string;
  readonly status: number;
  /** `passthrough` or `translated`. */
  readonly mode: string | null;
  /** What the translation could not carry over. */
  readonly warnings: string | null;
}

export interface Front {
  /** Without a path. */
  readonly url: string;
  readonly sent: SentRequest[];
  stop(): Promise<void>;
}

export function startFront(gateway: string): Front {
  const sent: SentRequest[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 60,
    development: false,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, signal } = request;
      const text = await request.text();
      const headers = new Headers(request.headers);
      for (const name of ['host', 'content-length', 'connection']) headers.delete(name);
      const reply = await fetch(`${gateway}${pathname}${search}`, {
        method,
        headers,
        signal,
        ...(text !== '' && { body: text }),
        decompress: false,
      });
      sent.push({
        method,
        path: `${pathname}${search}`,
        text,
        status: reply.status,
        mode: reply.headers.get('x-opengateway-mode'),
        warnings: reply.headers.get('x-opengateway-warnings'),
      });
      return new Response(reply.body, { status: reply.status, headers: reply.headers });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, sent, stop: () => server.stop(true) };
}
