/** A reply that is streamed: nothing is promised before the first event, then it flows. */
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import { type Attempt, asksForUsage } from './attempt.ts';
import type { CallContext } from './call-context.ts';
import { readFirstEvent } from './first-event.ts';
import { scrubRefusal } from './refusal.ts';
import { clientClosed, Relay } from './relay.ts';
import { gatewayHeaders, passOn } from './response-headers.ts';
import { StreamTranslation } from './translate-stream.ts';

export interface StreamOptions {
  readonly wheel: TimerWheel;
  readonly heartbeatMs: number;
  readonly clientStallMs: number;
  readonly maxEventBytes: number;
}

export async function replyStreamed(
  call: CallContext,
  { target, asked, spoken, exchange, crossing }: Attempt,
  options: StreamOptions,
): Promise<Response> {
  const { head } = asked;
  const { dialect } = asked;
  const { listen } = dialect;
  const { provider } = target;
  const { maxEventBytes } = options;
  const askedAtMs = performance.now();
  const first = await readFirstEvent(exchange, spoken, provider, maxEventBytes);
  call.firstByteAtMs = performance.now();
  call.upstreamMs += call.firstByteAtMs - askedAtMs;
  call.status = 200;
  const hideUsage = asksForUsage(head, provider);
  const writer = listen.createStreamWriter(head, call.losses);
  const step =
    call.mode === 'passthrough'
      ? spoken.createStreamTap({
          provider: provider.name,
          maxEventBytes,
          hideUsage,
          scrub: (refusal) => scrubRefusal(provider, refusal),
        })
      : new StreamTranslation(spoken.speak, writer, provider, maxEventBytes, crossing);
  const relay = new Relay({
    exchange,
    first,
    step,
    writeError: (error) => writer.fail(error),
    heartbeat: writer.heartbeat,
    wheel: options.wheel,
    heartbeatMs: options.heartbeatMs,
    clientStallMs: options.clientStallMs,
    onEnd: (observation, error) => {
      // The head said 200 long ago; the record says how it ended.
      if (error !== undefined) call.status = error.status;
      call.end(observation, error);
    },
  });
  call.peer.keepOpen();
  call.onClientGone(() => relay.abandon(clientClosed()));
  const headers = gatewayHeaders(call, listen.streamType(head));
  passOn(provider, exchange.response.headers, headers);
  headers.set('cache-control', 'no-cache');
  // Asks nginx, which buffers by default, to let events through as they come.
  headers.set('x-accel-buffering', 'no');
  return new Response(relay.body(), { headers });
}
