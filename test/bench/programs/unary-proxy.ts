/** The yardstick for whole replies: the least a proxy on this runtime does. Arguments: PORT UPSTREAM_URL */
const [port = '', upstream = ''] = process.argv.slice(2);
const headers = { 'content-type': 'application/json' };

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  async fetch(request) {
    const body = await request.text();
    JSON.parse(body);
    const reply = await fetch(upstream, { method: 'POST', headers, body });
    const text = await reply.text();
    JSON.parse(text);
    return new Response(text, { headers });
  },
});

export {};
