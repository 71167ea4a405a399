/** What the benchmark sends and what its upstream answers: the sizes and fields of an ordinary chat call. */
export const rootKey = 'sk-root-bench';

const messages = [
  {
    role: 'system',
    content:
      'You answer questions about geography in one or two short sentences, and say so when you do not know.',
  },
  {
    role: 'user',
    content:
      'What is the capital of France, and roughly how many people live in it and in the towns around it?',
  },
];

/** About 380 bytes. */
export function chatBody(model: string, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({ model, messages, temperature: 0.2, max_tokens: 128, user: 'bench', ...extra });
}

/** About 0.9 KB. */
export const chatReply = JSON.stringify({
  id: 'chatcmpl-BenchBenchBenchBenchBenchBench',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'bench-2025-06-15',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content:
          'Paris. About two million people live in the city, and ten more in the towns around. '.repeat(5),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 58,
    completion_tokens: 96,
    total_tokens: 154,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
});

export function headersFor(extra: Record<string, string> = {}): Record<string, string> {
  return { 'content-type': 'application/json', authorization: `Bearer ${rootKey}`, ...extra };
}
