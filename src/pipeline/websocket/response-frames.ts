/** What the gateway itself says in a Responses session: errors, and the answer to a warm-up. */
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';

/** Which of a refusal's headers a client acts on. */
const toldHeaders = /^(?:x-request-id|retry-after(?:-ms)?|x-should-retry|x-ratelimit-.*)$/;

export interface ErrorFrame {
  readonly status: number;
  /** The body the same error has over HTTP. */
  readonly body: JsonObject;
  readonly headers?: Headers;
}

export function errorFrame({ status, body, headers }: ErrorFrame): JsonObject {
  const told: JsonObject = {};
  for (const [name, value] of headers ?? []) if (toldHeaders.test(name)) told[name] = value;
  return {
    type: 'error',
    status,
    error: isObject(body.error) ? body.error : body,
    ...(Object.keys(told).length > 0 && { headers: told }),
  };
}

/** An error event as a stream has it, flat, in the shape it has here. Others as they are. */
export function asFrame(data: string): string {
  const event = data.includes('"error"') ? parseObject(data) : undefined;
  if (event?.type !== 'error' || isObject(event.error)) return data;
  const { type, sequence_number, ...error } = event;
  return JSON.stringify({ type, ...(sequence_number !== undefined && { sequence_number }), error });
}

/** The event says whose it is, where the request named a lane. `lane` needs no escaping. */
export function inLane(frame: string, lane: string | undefined): string {
  if (lane === undefined) return frame;
  const end = frame.lastIndexOf('}');
  return `${frame.slice(0, end)},"stream_id":"${lane}"${frame.slice(end)}`;
}

function orNull(value: JsonValue | undefined): JsonValue {
  return value ?? null;
}

/** The events of a response that says nothing: it is there to be gone on from. */
export function warmUpEvents(id: string, createdAtS: number, asked: JsonObject): JsonObject[] {
  const response = (status: string, usage: JsonValue): JsonObject => ({
    id,
    object: 'response',
    created_at: createdAtS,
    status,
    error: null,
    incomplete_details: null,
    instructions: orNull(asked.instructions),
    max_output_tokens: orNull(asked.max_output_tokens),
    metadata: asked.metadata ?? {},
    model: asked.model ?? '',
    output: [],
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: orNull(asked.previous_response_id),
    reasoning: orNull(asked.reasoning),
    store: asked.store ?? true,
    temperature: orNull(asked.temperature),
    text: asked.text ?? { format: { type: 'text' } },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_p: orNull(asked.top_p),
    truncation: asked.truncation ?? 'disabled',
    usage,
  });
  const nothing = {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  };
  return [
    { type: 'response.created', sequence_number: 0, response: response('in_progress', null) },
    { type: 'response.completed', sequence_number: 1, response: response('completed', nothing) },
  ];
}
