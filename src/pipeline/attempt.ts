/** One attempt at a target: the request as that target wants it, sent; the reply's head, judged. */
import { GatewayError } from '../core/errors.ts';
import type { CallHead, Dialect, RequestBody, RequestLine } from '../dialects/dialect.ts';
import { dialects } from '../dialects/registry.ts';
import { roughPromptTokens } from '../ledger/estimate.ts';
import type { PriceBook } from '../ledger/price-book.ts';
import {
  type OutgoingRequest,
  type Provider,
  scrub,
  spokenDialect,
  type Target,
} from '../providers/provider.ts';
import type { JoinedPaths } from '../upstream/address.ts';
import { Exchange, type UpstreamLimits } from '../upstream/exchange.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import type { Admission } from './admission.ts';
import type { CallContext } from './call-context.ts';
import { clientQuery } from './client-query.ts';
import { crossCall, holdsSeals, ReplyCrossing, withoutSeals } from './crossing.ts';
import { refuse } from './refusal.ts';
import { requestHeaders } from './request-headers.ts';

export interface AttemptOptions {
  readonly wheel: TimerWheel;
  readonly paths: JoinedPaths;
  readonly prices: PriceBook;
  readonly admission: Admission;
  readonly upstream: UpstreamLimits;
  /** Translate even where the body could pass through: proves both ways on the same traffic. */
  readonly forceTranslate: boolean;
}

/** What the client asked, as far as it has been read. */
export interface Asked {
  /** The client's own. */
  readonly dialect: Dialect;
  readonly head: CallHead;
  readonly body: RequestBody;
  readonly line: RequestLine | undefined;
}

/** An attempt that the upstream has accepted. */
export interface Attempt {
  readonly target: Target;
  readonly asked: Asked;
  /** The dialect spoken with the target: the client's own unless its provider has another. */
  readonly spoken: Dialect;
  readonly exchange: Exchange;
  /** Where the reply must cross from the one dialect to the other. */
  readonly crossing: ReplyCrossing | undefined;
}

interface Written {
  readonly text: string;
  readonly crossing?: ReplyCrossing;
}

/** Whether the gateway must ask for the usage that the client did not ask for. */
export function asksForUsage(head: CallHead, provider: Provider): boolean {
  return head.stream && !head.wantsUsage && provider.quirks.streamUsage;
}

function passesThrough({ dialect, head }: Asked, spoken: Dialect, options: AttemptOptions): boolean {
  return spoken === dialect && !options.forceTranslate && dialect.passes?.(head) !== false;
}

/** The client's own text but for the model, and for what the provider cannot take. */
function passedText(call: CallContext, { provider, model }: Target, { dialect, head, body }: Asked): string {
  const text = dialect.rewriteRequest(body, head, { model, askForUsage: asksForUsage(head, provider) });
  if (provider.adapt === undefined) return text;
  const route = { model, dialect: dialect.name, stream: head.stream };
  // Asked first on what was parsed before: most bodies have nothing to change, and keep their bytes.
  if (provider.adapt(body.json, route, call.losses) === body.json) return text;
  return JSON.stringify(provider.adapt(JSON.parse(text), route, call.losses));
}

function translatedText(
  call: CallContext,
  { provider, model }: Target,
  spoken: Dialect,
  { dialect, head, body, line }: Asked,
): Written {
  const { losses } = call;
  const read = dialect.listen.readRequest(body.json, line);
  const isForeign = spoken !== dialect;
  const request = isForeign ? crossCall(read, dialect, spoken, losses) : withoutSeals(read, dialect, losses);
  const askForUsage = isForeign ? head.stream && provider.quirks.streamUsage : asksForUsage(head, provider);
  const written = spoken.speak.writeRequest(request, { model, askForUsage }, losses);
  const route = { model, dialect: spoken.name, stream: head.stream };
  return {
    text: JSON.stringify(provider.adapt?.(written, route, losses) ?? written),
    ...(isForeign && { crossing: new ReplyCrossing(dialect, spoken, request) }),
  };
}

function speakWith({ provider, model }: Target, dialect: Dialect): Dialect {
  const name = spokenDialect(provider, model, dialect.name);
  if (name === dialect.name) return dialect;
  const spoken = name && dialects.get(name);
  if (spoken === undefined) throw new Error(`no dialect to speak with '${provider.name}'`);
  return spoken;
}

/** Signatures and tokens made for this request alone, where a provider wants them. Throws `upstream_auth_failed`. */
export async function authorized(
  provider: Provider,
  request: OutgoingRequest,
): Promise<Record<string, string>> {
  try {
    return (await provider.authorize?.(request)) ?? request.headers;
  } catch (thrown) {
    const message = `The gateway could not get a credential for the provider '${provider.name}'.`;
    throw new GatewayError('upstream_auth_failed', message, { cause: thrown });
  }
}

/**
 * What the client wrote behind its path, for the provider that speaks its language: `?beta=true`. Not where the address is
 * the provider's own making, nor where the dialect reads the line itself.
 */
function queryOf({ mode, peer }: CallContext, { line }: Asked): string {
  return mode === 'passthrough' && line === undefined ? clientQuery(peer.request.url) : '';
}

/** Resolves to an exchange whose reply claims success. Throws a GatewayError; then the exchange is closed. */
export async function attempt(
  call: CallContext,
  target: Target,
  asked: Asked,
  options: AttemptOptions,
): Promise<Attempt> {
  const { provider, model } = target;
  const { stream } = asked.head;
  call.target = target;
  const price = options.prices.priceOf(target);
  call.price = price instanceof Promise ? await price : price;
  const { dialect, body } = asked;
  const held = options.admission.reserve(call, target, body.json, dialect.listen);
  if (held !== undefined) await held;
  if (dialect.listen.isFree !== true) call.promptTokens = roughPromptTokens(body.text);
  const spoken = speakWith(target, asked.dialect);
  call.mode = passesThrough(asked, spoken, options) ? 'passthrough' : 'translated';
  const isPassed = call.mode === 'passthrough' && !holdsSeals(asked.body.text);
  const { text, crossing }: Written = isPassed
    ? { text: passedText(call, target, asked) }
    : translatedText(call, target, spoken, asked);
  const path = spoken.speak.path({ model, stream });
  const url =
    provider.url?.({ model, dialect: spoken.name, stream, path }) ??
    options.paths.of(provider.baseUrl, path) + queryOf(call, asked);
  const headers = requestHeaders(provider, call.peer.request.headers);
  const exchange = new Exchange(
    options.wheel,
    options.upstream,
    {
      provider: provider.name,
      transport: provider.transport,
      method: 'POST',
      url,
      headers:
        provider.authorize === undefined ? headers : await authorized(provider, { url, headers, body: text }),
    },
    call,
  );
  call.attempts++;
  const sentAtMs = performance.now();
  call.isSent = true;
  try {
    const response = exchange.opened(await exchange.send(text));
    const upstreamId = response.headers.get('x-request-id') ?? response.headers.get('x-amzn-requestid');
    if (upstreamId !== null) call.upstreamRequestId = scrub(provider, upstreamId);
    if (response.status !== 200) await refuse(spoken, provider, exchange);
    call.isAccepted = true;
    return { target, asked, spoken, exchange, crossing };
  } catch (thrown) {
    throw exchange.failed(thrown);
  } finally {
    call.upstreamMs += performance.now() - sentAtMs;
  }
}
