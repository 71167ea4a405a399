/** The chat answers of the scripted upstream: whole or as chunks, with text, tool calls or JSON by schema. */
import { sampleOf } from './scripted-schema.ts';

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { role: string; content?: unknown }[];
  readonly stream?: boolean;
  readonly stream_options?: { include_usage?: boolean };
  readonly tools?: readonly { type: string; function: { name: string; parameters?: unknown } }[];
  readonly tool_choice?: string | { function?: { name?: string } };
  readonly response_format?: { type: string; json_schema?: { schema?: unknown } };
}

interface Answer {
  readonly content: string | null;
  readonly toolCalls: readonly ToolCall[];
}

export const promptTokens = 11;

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : '',
    )
    .join('');
}

function toolCallsOf(request: ChatRequest): readonly ToolCall[] {
  const { tools = [], tool_choice: choice } = request;
  if (choice === 'none' || request.messages.at(-1)?.role === 'tool') return [];
  const wanted = typeof choice === 'object' ? choice.function?.name : undefined;
  const called = wanted
    ? tools.filter((tool) => tool.function.name === wanted)
    : tools.slice(0, request.model.endsWith('parallel') ? tools.length : 1);
  return called.map((tool, index) => ({
    id: `call_${index}_scripted`,
    type: 'function',
    function: { name: tool.function.name, arguments: JSON.stringify(sampleOf(tool.function.parameters)) },
  }));
}

function answerTo(request: ChatRequest): Answer {
  const toolCalls = toolCallsOf(request);
  if (toolCalls.length > 0) return { content: null, toolCalls };
  if (request.response_format?.type === 'json_schema')
    return { content: JSON.stringify(sampleOf(request.response_format.json_schema?.schema)), toolCalls };
  const last = request.messages.at(-1);
  const verb = last?.role === 'tool' ? 'The tool said' : 'You said';
  return { content: `${verb}: ${textOf(last?.content)}`, toolCalls };
}

/** One token a word, so that a test can tell answers apart by their count. */
function usageOf(answer: Answer) {
  const written = answer.content ?? answer.toolCalls.map((call) => call.function.arguments).join(' ');
  const completion = written.split(' ').length;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0 },
  };
}

const envelope = (request: ChatRequest, object: string) => ({
  id: 'chatcmpl-scripted0001',
  object,
  created: 1_790_000_000,
  model: `${request.model}-2026-01-01`,
  service_tier: 'default',
  system_fingerprint: 'fp_scripted',
});

export function chatReply(request: ChatRequest): unknown {
  const answer = answerTo(request);
  const calls = answer.toolCalls.length > 0 ? { tool_calls: answer.toolCalls } : {};
  return {
    ...envelope(request, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.content, refusal: null, annotations: [], ...calls },
        logprobs: null,
        finish_reason: answer.toolCalls.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: usageOf(answer),
    x_vendor: { kept: true },
  };
}

const halves = (text: string) => [
  text.slice(0, Math.ceil(text.length / 2)),
  text.slice(Math.ceil(text.length / 2)),
];

function deltasOf(answer: Answer): unknown[] {
  const deltas: unknown[] = [
    { role: 'assistant', content: answer.content === null ? null : '', refusal: null },
  ];
  for (const word of answer.content?.match(/\S+\s*/g) ?? []) deltas.push({ content: word });
  answer.toolCalls.forEach((call, index) => {
    deltas.push({ tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: '' } }] });
    for (const part of halves(call.function.arguments))
      deltas.push({ tool_calls: [{ index, function: { arguments: part } }] });
  });
  return deltas;
}

export function chatChunks(request: ChatRequest): unknown[] {
  const answer = answerTo(request);
  const asked = request.stream_options?.include_usage === true;
  const chunk = (delta: unknown, finish: string | null) => ({
    ...envelope(request, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(asked ? { usage: null } : {}),
    obfuscation: 'x7Qp',
  });
  const finish = answer.toolCalls.length > 0 ? 'tool_calls' : 'stop';
  const chunks: unknown[] = [...deltasOf(answer).map((delta) => chunk(delta, null)), chunk({}, finish)];
  if (asked)
    chunks.push({
      ...envelope(request, 'chat.completion.chunk'),
      choices: [],
      usage: usageOf(answer),
      obfuscation: '',
    });
  return chunks;
}
