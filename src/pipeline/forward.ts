/**
 * The way of a call that is passed on without being understood: images, audio, files, batches and the rest of a provider's
 * platform. The same steps as for any other call: who asks, what it names, where it goes, and a record of it.
 */

import type { SurfaceName } from '../core/dialect-name.ts';
import type { GatewayError } from '../core/errors.ts';
import { countOf, parseObject } from '../core/json.ts';
import { malformed } from '../core/upstream-failure.ts';
import type { Dialect, Observation } from '../dialects/dialect.ts';
import { anonymous } from '../identity/caller.ts';
import { readCredential } from '../identity/credentials.ts';
import { type Provider, scrub, type Target } from '../providers/provider.ts';
import { joinPath } from '../upstream/address.ts';
import { Exchange } from '../upstream/exchange.ts';
import type { UpstreamBody } from '../upstream/transport.ts';
import type { Appetite } from './admission.ts';
import { authorized } from './attempt.ts';
import { admit, allowedTarget, checkFurtherModels, checkUnnamedModel, hostWishes } from './authorize.ts';
import { CallContext, type Peer } from './call-context.ts';
import { type ForwardBody, readForwardBody } from './forward-body.ts';
import { ForwardStep } from './forward-step.ts';
import { HeaderTemplates } from './header-templates.ts';
import type { PipelineServices } from './index.ts';
import type { KeptObjects } from './objects/collections.ts';
import { ForwardObjects } from './objects/forward-objects.ts';
import { keep } from './record-keeping.ts';
import { refuse } from './refusal.ts';
import { refusedReply } from './refused-reply.ts';
import { Relay } from './relay.ts';
import { requestHeaders } from './request-headers.ts';
import { type PassedReply, replyWith } from './response-headers.ts';
import { stopWith } from './streamed-reply.ts';

/** A matched route whose calls are passed on. */
export interface ForwardEndpoint {
  /** The route's path, as it appears in logs and metrics. */
  readonly path: string;
  readonly surface: SurfaceName;
  /** Whose errors and usage the surface has. */
  readonly family: Dialect;
  /** Whether a form sent here may name a model. */
  readonly namesModel: boolean;
  /** What names no model there is not charged for. */
  readonly isFree: boolean;
  /** Its models write, be it text, images or sound. */
  readonly writes: boolean;
  /** What its calls leave at the provider, to be asked for again. */
  readonly objects: KeptObjects;
  /** What the API takes for the model of a request that names none. */
  readonly defaultModel?: string;
}

export type Forwarder = (endpoint: ForwardEndpoint, path: string, peer: Peer) => Promise<Response>;

/** Client headers that say what the body is, and which reply is wanted. */
const contentHeaders = ['content-type', 'accept', 'range', 'idempotency-key', 'openai-beta'] as const;
const replyHeaders = ['content-disposition', 'content-range', 'accept-ranges'] as const;

function forwardedHeaders(provider: Provider, client: Headers): Record<string, string> {
  const headers = { ...requestHeaders(provider, client) };
  delete headers['content-type'];
  for (const name of contentHeaders) {
    const value = client.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);
const free: Appetite = { isFree: true };
const readers: Appetite = {};
/** How much is said by each API in its own way; how many, by all alike. */
const writers: Appetite = {
  readOutputWish: ({ n }) => ({ maxTokens: undefined, choices: Math.max(1, countOf(n) ?? 1) }),
};

function appetiteOf(call: CallContext, endpoint: ForwardEndpoint, { model }: Target): Appetite {
  const { isFree, writes, defaultModel } = endpoint;
  if (reading.has(call.peer.request.method)) return free;
  // What is free without a model costs what the model does, if that is known to cost anything.
  if (isFree && (model === '' || (defaultModel !== undefined && call.price === undefined))) return free;
  return writes ? writers : readers;
}

export function createForwarder(services: PipelineServices): Forwarder {
  const { authenticate, router, metrics, ledger, stream: streams, objects: guard } = services;
  const { wheel, upstream, admission } = services.attempt;
  const templates = new HeaderTemplates();
  const { openCalls } = services;

  async function targetOf(
    call: CallContext,
    endpoint: ForwardEndpoint,
    objects: ForwardObjects,
    body: ForwardBody,
  ): Promise<Target> {
    const { surface, namesModel, defaultModel } = endpoint;
    const { access } = call.caller ?? {};
    const { model, json } = body;
    if (model !== undefined) {
      const target = allowedTarget(access, model, () => router.resolve(model, surface));
      if (json !== undefined) checkFurtherModels(access, json, target);
      return target;
    }
    checkUnnamedModel(access, call.path, call.peer.request.method, namesModel);
    const owner = await objects.host();
    return { provider: router.host(surface, hostWishes(access, owner, defaultModel)), model: '' };
  }

  /** Asks the target, and gives the exchange once the reply claims success. `path`: as in `send`. */
  async function ask(
    call: CallContext,
    endpoint: ForwardEndpoint,
    { provider, model }: Target,
    path: string,
    content: UpstreamBody | undefined,
  ): Promise<Exchange> {
    const { request } = call.peer;
    const route = { model, dialect: endpoint.surface, stream: call.head?.stream === true };
    const url = provider.url?.({ ...route, path }) ?? joinPath(provider.baseUrl, path);
    const exchange = new Exchange(
      wheel,
      upstream,
      {
        provider: provider.name,
        transport: provider.transport,
        method: request.method,
        url,
        headers: await authorized(provider, {
          url,
          headers: forwardedHeaders(provider, request.headers),
          body: typeof content === 'string' ? content : '',
        }),
      },
      call,
    );
    const sentAtMs = performance.now();
    call.isSent = true;
    try {
      const response = exchange.opened(await exchange.send(content));
      const upstreamId = response.headers.get('x-request-id');
      if (upstreamId !== null) call.upstreamRequestId = scrub(provider, upstreamId);
      if (response.status >= 300) await refuse(endpoint.family, provider, exchange);
      call.isAccepted = true;
    } catch (thrown) {
      throw exchange.failed(thrown);
    } finally {
      call.upstreamMs += performance.now() - sentAtMs;
    }
    return exchange;
  }

  /** `path`: below the API's version, with its query. */
  async function send(call: CallContext, endpoint: ForwardEndpoint, path: string): Promise<Response> {
    const { request } = call.peer;
    const looksUp = admit(authenticate, call, readCredential(request.headers, request.url));
    if (looksUp !== undefined) await looksUp;
    const { caller = anonymous } = call;
    const objects = new ForwardObjects(guard, caller, endpoint.objects, request.method, path);
    const { namesModel } = endpoint;
    const reading = { namesModel, namesObjects: objects.mustKnowBody };
    const body = await readForwardBody(request, services.body, reading);
    objects.read(body);
    const target = await targetOf(call, endpoint, objects, body);
    const { provider, model } = target;
    await objects.check(provider);
    const head = { model: body.model ?? '', stream: body.stream, wantsUsage: true };
    call.head = body.customer === undefined ? head : { ...head, customer: body.customer };
    if (body.stream) call.staysOpen(openCalls);
    call.target = target;
    call.price = await services.attempt.prices.priceOf(target);
    ledger?.check();
    const held = admission.reserve(call, target, body.json, appetiteOf(call, endpoint, target));
    if (held !== undefined) await held;
    call.attempts++;
    call.mode = 'passthrough';
    if (objects.isOwnList) return await list(call, endpoint, target, objects);
    const content = body.content(body.model === undefined ? undefined : model);
    const exchange = await ask(call, endpoint, target, path, content);
    return await reply(call, endpoint.family, target, exchange, objects);
  }

  /** One's own among what the provider lists, in its own form. */
  async function list(
    call: CallContext,
    endpoint: ForwardEndpoint,
    target: Target,
    objects: ForwardObjects,
  ): Promise<Response> {
    const { provider } = target;
    let last: Exchange | undefined;
    const page = await objects.ownPage(provider, async (path) => {
      last = await ask(call, endpoint, target, path, undefined);
      const askedAtMs = performance.now();
      const json = parseObject(scrub(provider, await last.readText()));
      call.upstreamMs += performance.now() - askedAtMs;
      return json;
    });
    if (last === undefined) throw malformed(provider.name, 'no list');
    const response = replyOf(call, target, last, JSON.stringify(page));
    call.status = last.response.status;
    const kept = call.end({});
    if (kept !== undefined) await kept;
    return response;
  }

  async function reply(
    call: CallContext,
    family: Dialect,
    target: Target,
    exchange: Exchange,
    objects: ForwardObjects,
  ): Promise<Response> {
    const upstreamHeaders = exchange.response.headers;
    // 204 and 205 have no body, and a reply to them must have none.
    if (exchange.response.body === null) {
      exchange.finished();
      call.status = exchange.response.status;
      await objects.learn(target.provider, undefined);
      const response = replyOf(call, target, exchange, null);
      response.headers.delete('content-type');
      const kept = call.end({});
      if (kept !== undefined) await kept;
      return response;
    }
    if (call.stoppedBy !== undefined) {
      exchange.close();
      throw call.stoppedBy;
    }
    const type = upstreamHeaders.get('content-type') ?? '';
    call.status = exchange.response.status;
    if (/^application\/json\b/i.test(type)) return await replyJson(call, family, target, exchange, objects);
    const isStream = type.startsWith('text/event-stream');
    call.firstByteAtMs = performance.now();
    // Bytes of an unknown kind have no room for an error.
    const fail = (error: GatewayError) =>
      isStream ? `data: ${JSON.stringify(call.voice.writeError(error))}\n\n` : undefined;
    await objects.learn(target.provider, undefined);
    const plain = new ForwardStep(isStream ? family : undefined);
    const step = isStream ? objects.keepingStep(target.provider, plain) : plain;
    const relay = new Relay(exchange, [], step, { fail }, call, streams);
    call.peer.keepOpen();
    call.staysOpen(openCalls);
    stopWith(call, relay);
    return replyOf(call, target, exchange, relay.body());
  }

  async function replyJson(
    call: CallContext,
    family: Dialect,
    target: Target,
    exchange: Exchange,
    objects: ForwardObjects,
  ): Promise<Response> {
    const { provider } = target;
    const read = await exchange.readText();
    const text = scrub(provider, read);
    const json = parseObject(text);
    await objects.learn(provider, json);
    const observation: Observation = json === undefined ? {} : family.observe(json);
    call.charge(observation);
    const response = replyOf(call, target, exchange, text);
    const kept = call.end(observation);
    if (kept !== undefined) await kept;
    return response;
  }

  function replyOf(
    call: CallContext,
    target: Target,
    { response: { status, headers: upstream } }: Exchange,
    body: PassedReply['body'],
  ): Response {
    const contentType = upstream.get('content-type') ?? 'application/octet-stream';
    const response = replyWith(call, target, { body, contentType, upstream, status });
    for (const name of replyHeaders) {
      const value = upstream.get(name);
      if (value !== null) response.headers.set(name, value);
    }
    return response;
  }

  return async (endpoint, path, peer) => {
    metrics.inFlight++;
    const call = new CallContext(endpoint.path, endpoint.family.listen, peer, templates, (record) => {
      metrics.inFlight--;
      return keep(services, record);
    });
    try {
      return await send(call, endpoint, path);
    } catch (thrown) {
      return await refusedReply(call, thrown);
    }
  };
}
