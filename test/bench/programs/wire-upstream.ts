/**
 * An upstream in every wire format: a text of so many pieces, whole or streamed, one event at a time. Arguments: PORT
 * INTERVAL_MS PIECES
 */
import { formats } from '../../support/wire/upstream.ts';

const [port = '', intervalMs = '', pieces = ''] = process.argv.slice(2);
const all = Object.values(formats);
/** Five characters a piece, as the formats cut it; a whole reply is of ordinary length. */
const streamed = { blocks: [{ type: 'text' as const, text: 'words'.repeat(Number(pieces)) }] };
const whole = { blocks: [{ type: 'text' as const, text: 'Paris, with two million people. '.repeat(12) }] };
const asked = { stream_options: { include_usage: true } };
const encoder = new TextEncoder();
const prepared = new Map(
  all.map((format) => [
    format,
    {
      whole: JSON.stringify(format.whole(whole, 'bench')),
      events: format
        .stream(streamed, 'bench', asked)
        .map((event) => (typeof event === 'string' ? encoder.encode(event) : event)),
    },
  ]),
);

function paced(events: readonly Uint8Array[], signal: AbortSignal): ReadableStream {
  const source: Bun.DirectUnderlyingSource<Uint8Array> = {
    type: 'direct',
    pull: (controller) =>
      new Promise<void>((resolve) => {
        let at = 0;
        const end = () => {
          clearInterval(timer);
          resolve();
        };
        const timer = setInterval(() => {
          const event = events[at++];
          if (event !== undefined) {
            controller.write(event);
            controller.flush();
            return;
          }
          controller.end();
          end();
        }, Number(intervalMs));
        signal.addEventListener('abort', end, { once: true });
      }),
  };
  return new ReadableStream(source);
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 0,
  async fetch(request) {
    const path = new URL(request.url).pathname;
    const text = await request.text();
    for (const [format, { whole: reply, events }] of prepared) {
      const line = format.match(path);
      if (line === undefined) continue;
      if (!(line.stream ?? text.includes('"stream":true')))
        return new Response(reply, { headers: { 'content-type': 'application/json' } });
      return new Response(paced(events, request.signal), { headers: { 'content-type': format.streamType } });
    }
    return new Response('no such path', { status: 404 });
  },
});
