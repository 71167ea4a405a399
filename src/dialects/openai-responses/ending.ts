/** How a response ends: its status as a finish reason, its usage, and its failure as the upstream's own words. */
import type { UpstreamRefusal } from '../../core/errors.ts';
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { ChoiceFinish, FinishReason, ReplyEvent } from '../../core/reply.ts';
import { readRefusal } from '../openai/error.ts';
import { readUsage } from '../openai/usage.ts';

const callTypes: ReadonlySet<string> = new Set(['function_call', 'custom_tool_call']);

function callsTool(output: JsonValue | undefined): boolean {
  return (
    Array.isArray(output) && output.some((item) => isObject(item) && callTypes.has(stringOf(item.type) ?? ''))
  );
}

function reasonOf(native: string, response: JsonObject): FinishReason {
  if (native === 'max_output_tokens' || native === 'max_tokens') return 'length';
  if (native === 'content_filter') return 'content-filter';
  // DeepSeek says `complete`.
  if (native !== 'completed' && native !== 'complete') return 'other';
  return callsTool(response.output) ? 'tool-calls' : 'stop';
}

/** Undefined for a response that is still being made. */
function finishOf(response: JsonObject): ChoiceFinish | undefined {
  const status = stringOf(response.status);
  if (status === undefined || status === 'in_progress' || status === 'queued') return undefined;
  const details = response.incomplete_details;
  const why = isObject(details) ? stringOf(details.reason) : undefined;
  const native = status === 'incomplete' ? (why ?? status) : status;
  return { type: 'choice-finish', choice: 0, reason: reasonOf(native, response), native };
}

/** What a response that is over says of itself, whatever it is made of. */
export function endingOf(response: JsonObject): ReplyEvent[] {
  const finish = finishOf(response);
  const usage = readUsage(response.usage, response.service_tier);
  return [...(finish ? [finish] : []), ...(usage ? [{ type: 'usage', usage } as const] : [])];
}

/** The status the API would have answered with, had it known in time. */
function statusOf(code: JsonValue | undefined): number {
  if (code === 'rate_limit_exceeded' || code === 'insufficient_quota') return 429;
  if (typeof code !== 'string' || code.includes('server') || code.includes('timeout')) return 502;
  return /invalid|image|policy|context_length|prompt/.test(code) ? 400 : 502;
}

function refusalOf(error: JsonObject): UpstreamRefusal {
  const { type: _, sequence_number: __, ...said } = error;
  const refusal = readRefusal(countOf(error.status) ?? statusOf(error.code), {
    error: { message: 'The response failed.', ...said },
  });
  return (
    refusal ?? { shape: 'none', status: 502, message: '', type: null, code: null, param: null, rest: {} }
  );
}

/** Of a response whose status is `failed`. */
export function failureOf(response: JsonObject): UpstreamRefusal | undefined {
  if (response.status !== 'failed') return undefined;
  return refusalOf(isObject(response.error) ? response.error : {});
}

/** Of an event, or a reply that is no response: `{"error":…}`, `{"type":"error",…}`, `response.failed`. */
export function readFailure(json: JsonObject): UpstreamRefusal | undefined {
  if (json.type === 'response.failed')
    return failureOf({ ...(isObject(json.response) ? json.response : {}), status: 'failed' });
  if (json.error !== undefined && json.error !== null && json.output === undefined)
    return readRefusal(502, json);
  return json.type === 'error' ? refusalOf(json) : undefined;
}
