/** A reply that is streamed: nothing is promised before the first event, then it flows. */
import type { StreamStep, StreamWriter } from '../dialects/dialect.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import { type Attempt, asksForUsage } from './attempt.ts';
import type { CallContext } from './call-context.ts';
import { readFirstEvent } from './first-event.ts';
import { keepFirst, keepingStep } from './objects/kept-reply.ts';
import type { ObjectGuard } from './objects/object-guard.ts';
import { scrubberOf } from './refusal.ts';
import { Relay } from './relay.ts';
import { replyWith } from './response-headers.ts';
import { StreamTranslation } from './translate-stream.ts';

export interface StreamOptions {
  readonly wheel: TimerWheel;
  readonly heartbeatMs: number;
  readonly clientStallMs: number;
  readonly maxEventBytes: number;
}

export async function replyStreamed(
  call: CallContext,
  attempt: Attempt,
  options: StreamOptions,
  objects: ObjectGuard,
): Promise<Response> {
  const { target, asked, spoken, exchange } = attempt;
  const { listen } = asked.dialect;
  const askedAtMs = performance.now();
  const first = await readFirstEvent(exchange, spoken, target.provider, options.maxEventBytes);
  // Until there is a body to say it in, it is an honest status.
  if (call.stoppedBy !== undefined) {
    exchange.close();
    throw call.stoppedBy;
  }
  call.firstByteAtMs = performance.now();
  call.upstreamMs += call.firstByteAtMs - askedAtMs;
  const { caller } = call;
  const keeps = spoken === asked.dialect && caller !== undefined;
  const keeping = keeps ? keepFirst(objects, caller, target.provider, asked, first) : undefined;
  if (keeping !== undefined) await keeping;
  call.status = 200;
  const writer = listen.createStreamWriter(asked.head, call.losses);
  const plain = stepFor(call, attempt, writer, options.maxEventBytes);
  const step = keeps ? keepingStep(objects, caller, target.provider, asked, plain) : plain;
  const relay = new Relay(exchange, first, step, writer, call, options);
  call.peer.keepOpen();
  stopWith(call, relay);
  const response = replyWith(call, target, {
    body: relay.body(),
    contentType: listen.streamType(asked.head),
    upstream: exchange.response.headers,
  });
  response.headers.set('cache-control', 'no-cache');
  // Asks nginx, which buffers by default, to let events through as they come.
  response.headers.set('x-accel-buffering', 'no');
  return response;
}

/** Apart from the above, so that what stays alive with the stream has nothing of the request in its reach. */
export function stopWith(call: CallContext, relay: Relay): void {
  call.onStop((why) => (call.clientGone ? relay.abandon(why) : relay.breakOff(why)));
}

function stepFor(
  call: CallContext,
  { target: { provider }, asked, spoken, crossing }: Attempt,
  writer: StreamWriter,
  maxEventBytes: number,
): StreamStep {
  if (call.mode !== 'passthrough')
    return new StreamTranslation(spoken.speak, writer, provider, maxEventBytes, crossing);
  return spoken.createStreamTap({
    provider: provider.name,
    maxEventBytes,
    hideUsage: asksForUsage(asked.head, provider),
    scrub: scrubberOf(provider),
  });
}
