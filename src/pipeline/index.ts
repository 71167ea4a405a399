/**
 * The way of one call, step by step. Each step takes what the ones before it have learnt; none looks back. Whatever a step
 * throws is converted here, once.
 */
import type { Authenticator } from '../identity/authenticator.ts';
import { readCredential } from '../identity/credentials.ts';
import type { CallRecord } from '../ledger/call-record.ts';
import type { Router } from '../routing/router.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type AttemptOptions, attempt } from './attempt.ts';
import { admit, checkFurtherModels, targetFor } from './authorize.ts';
import { CallContext, type InferenceEndpoint, type Peer } from './call-context.ts';
import { HeaderTemplates } from './header-templates.ts';
import { checkNamed } from './objects/kept-reply.ts';
import type { ObjectGuard } from './objects/object-guard.ts';
import type { OpenCalls } from './open-calls.ts';
import { type BodyLimits, readBody } from './read-body.ts';
import { keep, type RecordKeepers } from './record-keeping.ts';
import { refusedReply } from './refused-reply.ts';
import { replyStreamed, type StreamOptions } from './streamed-reply.ts';
import { Turn } from './turn.ts';
import { replyWhole } from './whole-reply.ts';

export interface PipelineServices extends RecordKeepers {
  readonly authenticate: Authenticator;
  readonly router: Router;
  readonly metrics: Metrics;
  readonly body: BodyLimits;
  readonly attempt: AttemptOptions;
  readonly stream: StreamOptions;
  readonly objects: ObjectGuard;
  readonly openCalls: OpenCalls;
}

export type Pipeline = (endpoint: InferenceEndpoint, peer: Peer) => Promise<Response>;

export function createPipeline(services: PipelineServices): Pipeline {
  const { authenticate, router, metrics, ledger, objects, openCalls } = services;

  const templates = new HeaderTemplates();
  const arrivals = new Turn();
  const replies = new Turn();
  const onEnd = (record: CallRecord) => {
    metrics.inFlight--;
    return keep(services, record);
  };

  return async (endpoint, peer) => {
    metrics.inFlight++;
    const call = new CallContext(endpoint.path, endpoint.dialect.listen, peer, templates, onEnd);
    try {
      const joins = arrivals.join(call.startedAtMs);
      if (joins !== undefined) await joins;
      const { request } = peer;
      const { dialect } = endpoint;
      const looksUp = admit(authenticate, call, readCredential(request.headers, request.url));
      if (looksUp !== undefined) await looksUp;
      const body = await readBody(request, services.body, dialect.rewrittenKeys);
      const line = endpoint.readLine?.(request.url);
      const head = dialect.listen.readHead(body.json, line);
      call.head = head;
      if (head.stream) call.staysOpen(openCalls);
      const { access } = call.caller ?? {};
      const target = targetFor(access, router, head.model, dialect.name);
      checkFurtherModels(access, body.json, target);
      const asked = { dialect, head, body, line };
      const checking = checkNamed(objects, call.caller, target.provider, asked);
      if (checking !== undefined) await checking;
      ledger?.check();
      const made = await attempt(call, target, asked, services.attempt);
      return head.stream
        ? await replyStreamed(call, made, services.stream, objects)
        : await replyWhole(call, made, objects, replies);
    } catch (thrown) {
      return await refusedReply(call, thrown);
    }
  };
}
