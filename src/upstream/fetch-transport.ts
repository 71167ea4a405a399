/** A transport by way of `fetch`, or of what answers like it: a model inside the process, or an address behind a proxy. */
import { StreamSource } from './stream-source.ts';
import type { Sending, Transport, UpstreamReply, WireRequest } from './transport.ts';

export type FetchLike = (url: string, init: BunFetchRequestInit) => Promise<Response>;

function replyOf(response: Response): UpstreamReply {
  const { status, headers, body } = response;
  return { status, headers, body: body === null ? null : new StreamSource(body) };
}

export function fetchTransport(fetchLike: FetchLike): Transport {
  return {
    send({ method, url, headers, body }: WireRequest): Sending {
      const controller = new AbortController();
      const answered = fetchLike(url, {
        method,
        headers,
        redirect: 'manual',
        // The runtime would inflate without bound; what is inflated here is read with a count.
        decompress: false,
        // The runtime's own, five minutes of silence, would cut what the deadlines here allow.
        timeout: false,
        signal: controller.signal,
        body: body ?? null,
      });
      return {
        reply: answered.then(replyOf),
        isConnected: undefined,
        cancel() {
          controller.abort();
          // A body nobody has begun to read is not ended by the signal.
          answered.then(({ body }) => (body?.locked === false ? body.cancel() : undefined)).catch(() => {});
        },
      };
    },
  };
}
