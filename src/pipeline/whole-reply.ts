/** A reply that is not streamed: read whole, understood, and given to the client as its bytes or translated. */
import { type JsonObject, parseObject } from '../core/json.ts';
import { failureAbroad, finishOf, type ReplyFrame, usageOf } from '../core/reply.ts';
import { malformed } from '../core/upstream-failure.ts';
import type { Observation } from '../dialects/dialect.ts';
import { scrub } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import type { CallContext } from './call-context.ts';
import { keepReply } from './objects/kept-reply.ts';
import type { ObjectGuard } from './objects/object-guard.ts';
import { guardDepth, refusalInside, rejected } from './refusal.ts';
import { replyWith } from './response-headers.ts';
import type { Turn } from './turn.ts';

const json = 'application/json';

export async function replyWhole(
  call: CallContext,
  attempt: Attempt,
  objects: ObjectGuard,
  turn: Turn,
): Promise<Response> {
  const { target, asked, spoken, exchange } = attempt;
  const askedAtMs = performance.now();
  const reading = exchange.readText();
  const read = typeof reading === 'string' ? reading : await reading;
  const nowMs = performance.now();
  call.upstreamMs += nowMs - askedAtMs;
  const joins = turn.join(nowMs);
  if (joins !== undefined) await joins;
  const text = scrub(target.provider, read);
  const body = parseObject(text);
  if (body === undefined) throw malformed(target.provider.name, 'a reply that is not a JSON object');
  const refusal = refusalInside(spoken, target.provider, body);
  if (refusal !== undefined) throw refusal;

  let sent = text;
  let observation: Observation;
  if (call.mode === 'passthrough') observation = spoken.observe(body);
  else {
    const frame = guardDepth(target.provider, () => spoken.speak.readReply(body, exchange.response.headers));
    const failure = attempt.crossing && failureAbroad(frame);
    if (failure !== undefined) throw rejected(target.provider, failure);
    const usage = usageOf(frame);
    const finish = finishOf(frame);
    observation = { ...(usage !== undefined && { usage }), ...(finish !== undefined && { finish }) };
    sent = guardDepth(target.provider, () => JSON.stringify(writeReply(call, attempt, frame)));
  }
  const keeping =
    spoken === asked.dialect && call.caller && keepReply(objects, call.caller, target.provider, asked, body);
  if (keeping !== undefined) await keeping;
  call.charge(observation, undefined, text);
  // Before the call ends, so that what it took is told without the wait for its record.
  const response = replyWith(call, target, {
    body: sent,
    contentType: json,
    upstream: exchange.response.headers,
  });
  call.status = 200;
  const kept = call.end(observation);
  if (kept !== undefined) await kept;
  return response;
}

function writeReply(
  call: CallContext,
  { asked: { dialect, head }, crossing }: Attempt,
  frame: ReplyFrame,
): JsonObject {
  return dialect.listen.writeReply(crossing?.whole(frame, call.losses) ?? frame, call.losses, head);
}
