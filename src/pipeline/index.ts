/**
 * The way of one call, step by step. Each step takes what the ones before it have learnt; none looks back. Whatever a step
 * throws is converted here, once.
 */
import { type GatewayError, toGatewayError } from '../core/errors.ts';
import { readCredential } from '../identity/credentials.ts';
import type { Authenticator } from '../identity/root-key.ts';
import type { Router } from '../routing/router.ts';
import type { CallRecord } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import { type AttemptOptions, attempt } from './attempt.ts';
import { CallContext, type Endpoint, type HeaderTemplates, type Peer } from './call-context.ts';
import { type BodyLimits, readBody } from './read-body.ts';
import { clientClosed } from './relay.ts';
import { gatewayHeaders } from './response-headers.ts';
import { replyStreamed, type StreamOptions } from './streamed-reply.ts';
import { replyWhole } from './whole-reply.ts';

export interface PipelineServices {
  readonly authenticate: Authenticator;
  readonly router: Router;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly body: BodyLimits;
  readonly attempt: AttemptOptions;
  readonly stream: StreamOptions;
}

export type Pipeline = (endpoint: Endpoint, peer: Peer) => Promise<Response>;

export function createPipeline(services: PipelineServices): Pipeline {
  const { authenticate, router, metrics, recorder } = services;

  const templates: HeaderTemplates = new WeakMap();
  const onEnd = (record: CallRecord) => {
    metrics.inFlight--;
    recorder.add(record);
  };

  function refuse(call: CallContext, error: GatewayError): Response {
    call.status = error.status;
    const headers = gatewayHeaders(call, 'application/json');
    for (const [name, value] of Object.entries(error.headers)) headers.set(name, value);
    const body = call.endpoint.dialect.listen.writeError(error);
    call.end({}, error);
    return new Response(JSON.stringify(body), { status: error.status, headers });
  }

  return async (endpoint, peer) => {
    metrics.inFlight++;
    const call = new CallContext(endpoint, peer, templates, onEnd);
    try {
      const { request } = peer;
      const { dialect } = endpoint;
      call.caller = authenticate(readCredential(request.headers, request.url), () => peer.isLocal());
      const body = await readBody(request, services.body, dialect.rewrittenKeys);
      const line = endpoint.readLine?.(request.url);
      const head = dialect.listen.readHead(body.json, line);
      call.head = head;
      const [target] = router.resolve(head.model, dialect.name);
      const exchange = await attempt(call, target, { head, body, line }, services.attempt);
      return head.stream
        ? await replyStreamed(call, target, head, exchange, services.stream)
        : await replyWhole(call, target, exchange);
    } catch (thrown) {
      return refuse(call, call.clientGone ? clientClosed() : toGatewayError(thrown));
    }
  };
}
