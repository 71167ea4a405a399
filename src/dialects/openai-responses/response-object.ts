/** The response object of a reply made by another dialect: what SDKs expect in it, in every state it goes through. */
import type { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FinishReason, ReplyFrame } from '../../core/reply.ts';
import type { Usage } from '../../core/usage.ts';

export interface ResponseHead {
  readonly id: string;
  readonly model: string;
  readonly createdAtS: number;
}

function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

/** The part of ids that is the reply's own: the same for the same frame, whatever prefix its dialect uses. */
function baseOf(id: string | undefined): string {
  const clean = (id ?? '').replace(/^(chatcmpl-|resp_|msg_)/, '').replaceAll(/[^\w-]/g, '');
  return clean === '' ? Bun.randomUUIDv7().replaceAll('-', '') : clean.slice(0, 48);
}

export function headOf(frame: ReplyFrame, model: string): ResponseHead & { readonly base: string } {
  const base = baseOf(frame.id);
  return { base, id: `resp_${base}`, model: frame.model ?? model, createdAtS: frame.createdAtS ?? nowS() };
}

function writeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}

export interface ResponseState {
  readonly finish?: FinishReason;
  readonly usage?: Usage;
  readonly error?: GatewayError;
  readonly isOver: boolean;
}

const incompleteReasons: Partial<Record<FinishReason, string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
};

/** Why a reply that ends so is not complete. */
export function incompleteReason(finish: FinishReason | undefined): string | undefined {
  return finish === undefined ? undefined : incompleteReasons[finish];
}

function statusOf({ isOver, error, finish }: ResponseState): string {
  if (error !== undefined) return 'failed';
  if (!isOver) return 'in_progress';
  return incompleteReason(finish) === undefined ? 'completed' : 'incomplete';
}

/** A code the API's clients know: the upstream's own where it spoke this language, else one of the two general ones. */
export function writeResponseError(error: GatewayError): JsonObject {
  const { refusal } = error;
  const own = refusal?.shape === 'openai-chat' && typeof refusal.code === 'string' ? refusal.code : undefined;
  const general = error.status === 429 ? 'rate_limit_exceeded' : 'server_error';
  return { code: own ?? general, message: error.message };
}

/** The client's request is not known here: its fields are echoed as the API's defaults. */
export function writeResponse(head: ResponseHead, output: JsonObject[], state: ResponseState): JsonObject {
  const status = statusOf(state);
  const reason = status === 'incomplete' ? incompleteReason(state.finish) : undefined;
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAtS,
    status,
    background: false,
    completed_at: status === 'completed' ? nowS() : null,
    error: state.error === undefined ? null : writeResponseError(state.error),
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model: head.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    ...(state.usage !== undefined && { usage: writeUsage(state.usage) }),
  };
}
