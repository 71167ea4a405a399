/**
 * The way of a realtime session up to its first message. The same steps as for any other call; the upstream is connected
 * before the client is answered, so that until then a failure is an honest status.
 */
import type { SurfaceName } from '../../core/dialect-name.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { anonymous, type Caller } from '../../identity/caller.ts';
import { readSocketCredential } from '../../identity/socket-credential.ts';
import type { Provider, Target } from '../../providers/provider.ts';
import { joinPath } from '../../upstream/address.ts';
import { HandshakeRefused, UpstreamSocket } from '../../upstream/socket.ts';
import type { Appetite } from '../admission.ts';
import { authorized } from '../attempt.ts';
import { admit, allowedTarget, checkUnnamedModel, hostWishes } from '../authorize.ts';
import { CallContext } from '../call-context.ts';
import { HeaderTemplates } from '../header-templates.ts';
import type { PipelineServices } from '../index.ts';
import { referencesInFields } from '../objects/references.ts';
import { markRates } from '../rate-headers.ts';
import { keep } from '../record-keeping.ts';
import { refusedWith } from '../refusal.ts';
import { refusedReply } from '../refused-reply.ts';
import { requestHeaders } from '../request-headers.ts';
import { gatewayHeaders } from '../response-headers.ts';
import type { SocketOpener, Upgrade } from './client-socket.ts';
import { RealtimeSession } from './realtime-session.ts';
import { chosenProtocol, spokenHeader } from './subprotocols.ts';

/** A matched route whose sessions are passed on. */
export interface RealtimeEndpoint {
  /** The route's path, as it appears in logs and metrics. */
  readonly path: string;
  readonly surface: SurfaceName;
  /** Whose errors and usage the surface has. */
  readonly family: Dialect;
}

/** Headers of plain requests, which mean nothing in a handshake. */
const plainHeaders = ['content-type', 'accept', 'accept-encoding'] as const;
function handshakeHeaders(provider: Provider, client: Headers): Record<string, string> {
  const headers = { ...requestHeaders(provider, client) };
  for (const name of plainHeaders) delete headers[name];
  for (const name of provider.forwardHeaders) {
    const value = client.has(name) ? undefined : spokenHeader(client, name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/** What a session will say is not known before. */
const session: Appetite = { readOutputWish: () => ({ maxTokens: undefined, choices: 1 }) };

/** Sessions that name no model: one that listens to a call, one that only transcribes. */
const modelless = ['call_id', 'intent'] as const;

/** Throws `missing_required_parameter` or `duplicate_key`. */
function modelOf(query: URLSearchParams): string | undefined {
  const [model, ...more] = query.getAll('model');
  if (more.length > 0)
    throw new GatewayError('duplicate_key', 'The query names the model more than once.', { param: 'model' });
  if (model !== undefined && model !== '') return model;
  if (modelless.some((name) => query.has(name))) return undefined;
  throw new GatewayError('missing_required_parameter', 'The query must name a model: `?model=…`.', {
    param: 'model',
  });
}

/** Below the API's version, with the query but for the caller's key, the model under the target's own name. */
function upstreamPath(path: string, query: URLSearchParams, model: string): string {
  const changed = new URLSearchParams(query);
  changed.delete('key');
  if (model !== '') changed.set('model', model);
  const text = changed.toString();
  return path.slice('/v1'.length) + (text === '' ? '' : `?${text}`);
}

export function createRealtime(services: PipelineServices, endpoint: RealtimeEndpoint): SocketOpener {
  const { authenticate, router, metrics, ledger, attempt, stream, objects, openCalls } = services;
  const { wheel, upstream: limits } = attempt;
  const templates = new HeaderTemplates();

  async function connect(call: CallContext, target: Target, query: URLSearchParams): Promise<UpstreamSocket> {
    const { provider, model } = target;
    const path = upstreamPath(endpoint.path, query, model);
    const route = { model, dialect: endpoint.surface, stream: true };
    const url = provider.url?.({ ...route, path }) ?? joinPath(provider.baseUrl, path);
    const headers = await authorized(provider, {
      url,
      headers: handshakeHeaders(provider, call.peer.request.headers),
      body: '',
    });
    if (call.stoppedBy !== undefined) throw call.stoppedBy;
    const { connectMs } = limits;
    const socket = new UpstreamSocket(wheel, { provider: provider.name, url, headers, connectMs });
    call.onStop(() => socket.terminate());
    const askedAtMs = performance.now();
    try {
      await socket.opened;
      return socket;
    } catch (thrown) {
      throw thrown instanceof HandshakeRefused ? refusedWith(provider, thrown.status) : thrown;
    } finally {
      call.upstreamMs += performance.now() - askedAtMs;
    }
  }

  async function targetOf(
    caller: Caller,
    model: string | undefined,
    query: URLSearchParams,
  ): Promise<Target> {
    const { path, surface } = endpoint;
    const { access } = caller;
    const { references, mentioned } = referencesInFields(query);
    const calls = query.getAll('call_id').map((id) => ({ field: 'call_id', id, kind: 'call' }));
    const named = { references: [...calls, ...references], mentioned };
    let target: Target;
    if (model !== undefined) target = allowedTarget(access, model, () => router.resolve(model, surface));
    else {
      // What a session does is said in its messages, which are not read for it.
      checkUnnamedModel(access, path, 'POST', true);
      const owner = await objects.hostOf(caller, named);
      target = { provider: router.host(surface, hostWishes(access, owner)), model: '' };
    }
    await objects.check(caller, target.provider, named);
    return target;
  }

  async function open(call: CallContext, upgrade: Upgrade): Promise<void> {
    const { request } = upgrade.peer;
    const credential = readSocketCredential(request.headers, request.url);
    await admit(authenticate, call, credential);
    const { caller = anonymous } = call;
    const query = new URL(request.url).searchParams;
    const model = modelOf(query);
    call.head = { model: model ?? '', stream: true, wantsUsage: true };
    const target = await targetOf(caller, model, query);
    call.staysOpen(openCalls);
    call.target = target;
    call.price = await attempt.prices.priceOf(target);
    ledger?.check();
    const held = attempt.admission.reserve(call, target, undefined, session);
    if (held !== undefined) await held;
    call.attempts++;
    call.mode = 'passthrough';
    upgrade.peer.keepOpen();
    const upstream = await connect(call, target, query);
    call.isAccepted = true;
    try {
      const passing = new RealtimeSession({
        call,
        admission: attempt.admission,
        upstream,
        provider: target.provider,
        family: endpoint.family,
        wheel,
        heartbeatMs: stream.heartbeatMs,
        clientStallMs: stream.clientStallMs,
        idleMs: limits.idleMs,
        maxMessageBytes: stream.maxEventBytes,
      });
      const headers = gatewayHeaders(call, '');
      headers.delete('content-type');
      markRates(headers, call);
      headers.set('sec-websocket-protocol', chosenProtocol(request.headers));
      // Of the client the session hears for itself from here on.
      call.onStop((why) => call.clientGone || passing.revoke(why));
      call.status = 101;
      upgrade.accept(passing, headers.toJSON());
    } catch (thrown) {
      upstream.terminate();
      throw thrown;
    }
  }

  return async (upgrade) => {
    metrics.inFlight++;
    const call = new CallContext(endpoint.path, endpoint.family.listen, upgrade.peer, templates, (record) => {
      metrics.inFlight--;
      return keep(services, record);
    });
    try {
      await open(call, upgrade);
      return undefined;
    } catch (thrown) {
      return await refusedReply(call, thrown);
    }
  };
}
