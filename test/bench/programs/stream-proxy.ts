/** The yardstick for streams: the upstream's body handed on untouched. Arguments: PORT UPSTREAM_URL */
const [port = '', upstream = ''] = process.argv.slice(2);
const headers = { 'content-type': 'application/json' };

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 0,
  async fetch(request) {
    const body = await request.text();
    const reply = await fetch(upstream, { method: 'POST', headers, body });
    return new Response(reply.body, { headers: { 'content-type': 'text/event-stream' } });
  },
});

export {};
