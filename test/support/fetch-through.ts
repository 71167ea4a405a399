/** Calls a transport the way `fetch` is called, for what is easier to say of a `Response`. */
import { type FetchLike, fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { streamOf } from '../../src/upstream/stream-source.ts';
import type { Transport } from '../../src/upstream/transport.ts';

export function fetchThrough(transport: Transport): FetchLike {
  return async (url, { method = 'POST', headers, body }) => {
    const sent = { method, url, headers: headers as Record<string, string>, body: body as string };
    const reply = await transport.send(sent).reply;
    const type = reply.headers.get('content-type');
    return new Response(reply.body === null ? null : streamOf(reply.body), {
      status: reply.status,
      headers: type === null ? {} : { 'content-type': type },
    });
  };
}

/** For what must not call out. */
export const noTransport: Transport = fetchTransport(() => Promise.reject(new Error('not to be called')));
