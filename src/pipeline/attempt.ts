/** One attempt at a target: the request as that target wants it, sent; the reply's head, judged. */
import type { CallHead, RequestBody } from '../dialects/dialect.ts';
import type { Provider, Target } from '../providers/provider.ts';
import { Exchange, type UpstreamLimits } from '../upstream/exchange.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import type { CallContext } from './call-context.ts';
import { refuse } from './refusal.ts';

export interface AttemptOptions {
  readonly wheel: TimerWheel;
  readonly upstream: UpstreamLimits;
  /** Translate even where the body could pass through: proves both ways on the same traffic. */
  readonly forceTranslate: boolean;
}

function requestHeaders(provider: Provider, client: Headers): Record<string, string> {
  if (provider.forwardHeaders.length === 0) return provider.headers;
  let headers: Record<string, string> | undefined;
  for (const name of provider.forwardHeaders) {
    const value = client.get(name);
    if (value === null) continue;
    headers ??= { ...provider.headers };
    headers[name] = value;
  }
  return headers ?? provider.headers;
}

/** Whether the gateway must ask for the usage that the client did not ask for. */
export function asksForUsage(head: CallHead, provider: Provider): boolean {
  return head.stream && !head.wantsUsage && provider.quirks.streamUsage;
}

function requestText(call: CallContext, target: Target, head: CallHead, body: RequestBody): string {
  const { dialect } = call.endpoint;
  const change = { model: target.model, askForUsage: asksForUsage(head, target.provider) };
  if (call.mode === 'passthrough') return dialect.rewriteRequest(body, head, change);
  return JSON.stringify(dialect.speak.writeRequest(dialect.listen.readRequest(body.json), change));
}

/** Resolves to an exchange whose reply claims success. Throws a GatewayError; then the exchange is closed. */
export async function attempt(
  call: CallContext,
  target: Target,
  head: CallHead,
  body: RequestBody,
  options: AttemptOptions,
): Promise<Exchange> {
  const { provider } = target;
  const { dialect } = call.endpoint;
  call.target = target;
  call.attempts++;
  call.mode = options.forceTranslate ? 'translated' : 'passthrough';
  const text = requestText(call, target, head, body);
  const exchange: Exchange = new Exchange(
    options.wheel,
    options.upstream,
    {
      provider: provider.name,
      transport: provider.transport,
      method: 'POST',
      url: provider.baseUrl + dialect.speak.path,
      headers: requestHeaders(provider, call.peer.request.headers),
    },
    () => {
      call.peer.keepOpen();
      call.onClientGone(() => exchange.close());
    },
  );
  const sentAtMs = performance.now();
  try {
    const response = exchange.opened(await exchange.send(text));
    const upstreamId = response.headers.get('x-request-id');
    if (upstreamId !== null) call.upstreamRequestId = provider.credential?.scrub(upstreamId) ?? upstreamId;
    if (response.status !== 200) await refuse(dialect, provider, exchange);
    return exchange;
  } catch (thrown) {
    throw exchange.failed(thrown);
  } finally {
    call.upstreamMs += performance.now() - sentAtMs;
  }
}
