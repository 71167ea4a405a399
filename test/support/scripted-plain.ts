/** The scripted upstream's answers other than chat: embeddings, legacy completions and the list of models. */
const scriptedModels = ['scripted-chat', 'scripted-parallel', 'scripted-embed', 'gpt-scripted-chat'];

export interface EmbeddingsRequest {
  readonly model: string;
  readonly input: string | readonly unknown[];
  readonly encoding_format?: 'float' | 'base64';
  readonly dimensions?: number;
}

/** Multiples of 1/8, so that a trip through 32-bit floats changes nothing. */
export const vectorOf = (index: number, dimensions = 8): number[] =>
  Array.from({ length: dimensions }, (_, at) => (index + 1) / 8 - at / 4);

export function embeddingsReply(request: EmbeddingsRequest): unknown {
  const inputs = Array.isArray(request.input) ? request.input : [request.input];
  const data = inputs.map((_, index) => {
    const vector = vectorOf(index, request.dimensions);
    const embedding =
      request.encoding_format === 'base64'
        ? Buffer.from(new Float32Array(vector).buffer).toString('base64')
        : vector;
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.length * 3;
  return {
    object: 'list',
    data,
    model: request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

export interface CompletionsRequest {
  readonly model: string;
  readonly prompt: string;
  readonly stream?: boolean;
  readonly stream_options?: { include_usage?: boolean };
}

const envelope = (request: CompletionsRequest) => ({
  id: 'cmpl-scripted0001',
  object: 'text_completion',
  created: 1_790_000_000,
  model: request.model,
});
const words = ['and', ' so', ' on'];
const usage = { prompt_tokens: 4, completion_tokens: words.length, total_tokens: 4 + words.length };
const choice = (text: string, finish: string | null) => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason: finish,
});

export const completionsReply = (request: CompletionsRequest): unknown => ({
  ...envelope(request),
  choices: [choice(words.join(''), 'stop')],
  usage,
});

export function completionsChunks(request: CompletionsRequest): unknown[] {
  const asked = request.stream_options?.include_usage === true;
  const chunks: unknown[] = words.map((word, at) => ({
    ...envelope(request),
    choices: [choice(word, at === words.length - 1 ? 'stop' : null)],
    ...(asked ? { usage: null } : {}),
  }));
  if (asked) chunks.push({ ...envelope(request), choices: [], usage });
  return chunks;
}

const modelOf = (id: string) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'scripted' });

export const modelsReply = (): unknown => ({ object: 'list', data: scriptedModels.map(modelOf) });

export const modelReply = (id: string): unknown => (scriptedModels.includes(id) ? modelOf(id) : undefined);
