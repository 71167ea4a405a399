/** A model that streams: OpenAI chat chunks of about 330 bytes at a fixed pace. Arguments: PORT INTERVAL_MS CHUNKS */
const [port = '', intervalMs = '', chunks = ''] = process.argv.slice(2);
const encoder = new TextEncoder();
const head = {
  id: 'chatcmpl-BenchBenchBenchBenchBenchBench',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model: 'bench-2025-06-15',
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
};
const event = (rest: object) => encoder.encode(`data: ${JSON.stringify({ ...head, ...rest })}\n\n`);
const content = ' and a few more words';
const token = event({
  choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
  usage: null,
  obfuscation: 'x'.repeat(36),
});
const stop = event({
  choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }],
  usage: null,
});
const usage = event({
  choices: [],
  usage: {
    prompt_tokens: 58,
    completion_tokens: 300,
    total_tokens: 358,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
});
const done = encoder.encode('data: [DONE]\n\n');

/** Each stream keeps its own time, so the chunks of different streams come spread out, as real ones do. */
function stream(signal: AbortSignal): ReadableStream {
  const source: Bun.DirectUnderlyingSource<Uint8Array> = {
    type: 'direct',
    pull: (controller) =>
      new Promise<void>((resolve) => {
        let left = Number(chunks);
        const end = () => {
          clearInterval(timer);
          resolve();
        };
        const send = () => {
          left--;
          if (left > 0) controller.write(token);
          else for (const last of [stop, usage, done]) controller.write(last);
          controller.flush();
          if (left > 0) return;
          controller.end();
          end();
        };
        const timer = setInterval(send, Number(intervalMs));
        signal.addEventListener('abort', end, { once: true });
        send();
      }),
  };
  return new ReadableStream(source);
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 0,
  async fetch(request) {
    await request.text();
    return new Response(stream(request.signal), { headers: { 'content-type': 'text/event-stream' } });
  },
});

export {};
