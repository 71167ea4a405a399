/**
 * `demo/echo`: a deterministic model inside the process, there only while no real provider is configured, so that the
 * first call of a newcomer is answered. It says back what it was told, word by word when asked to stream.
 */
import { isObject, type JsonObject, type JsonValue, stringOf } from '../core/json.ts';
import { fetchTransport } from '../upstream/fetch-transport.ts';
import type { Provider } from './provider.ts';

const createdAtS = 1767225600;
const encoder = new TextEncoder();

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) ? (stringOf(part.text) ?? '') : '')).join(' ');
}

function answerTo(body: JsonObject): string {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  const asked = textOf(messages.findLast((message) => message.role === 'user')?.content).trim();
  return asked === '' ? 'Echo: (nothing was said)' : `Echo: ${asked}`;
}

/** Words with the white space that precedes them: what the demo calls tokens. */
function wordsOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}

function usageFor(body: JsonObject, answer: string): JsonObject {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  const prompt = messages.reduce((sum, message) => sum + wordsOf(textOf(message.content)).length, 0);
  const completion = wordsOf(answer).length;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function envelope(object: string, answer: string): JsonObject {
  const id = `chatcmpl-demo-${Bun.hash(answer).toString(36)}`;
  return { id, object, created: createdAtS, model: 'echo' };
}

function wholeReply(body: JsonObject, answer: string): Response {
  const message = { role: 'assistant', content: answer, refusal: null };
  return Response.json({
    ...envelope('chat.completion', answer),
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: usageFor(body, answer),
  });
}

function streamedReply(body: JsonObject, answer: string): Response {
  const head = envelope('chat.completion.chunk', answer);
  const chunk = (delta: JsonObject, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const options = body.stream_options;
  const events: JsonObject[] = [
    chunk({ role: 'assistant', content: '' }, null),
    ...wordsOf(answer).map((word) => chunk({ content: word }, null)),
    chunk({}, 'stop'),
  ];
  if (isObject(options) && options.include_usage === true)
    events.push({ ...head, choices: [], usage: usageFor(body, answer) });
  const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]'];
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const line of lines) {
        controller.enqueue(encoder.encode(`data: ${line}\n\n`));
        await Promise.resolve();
      }
      controller.close();
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

async function answer(url: string, init: RequestInit): Promise<Response> {
  if (url.endsWith('/models')) {
    const model = { id: 'echo', object: 'model', created: createdAtS, owned_by: 'opengateway' };
    return Response.json({ object: 'list', data: [model] });
  }
  const body = JSON.parse(String(init.body)) as JsonObject;
  if (body.model !== 'echo') {
    const message = `The demo has one model: demo/echo, not demo/${String(body.model)}.`;
    const error = { message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' };
    return Response.json({ error }, { status: 404 });
  }
  const text = answerTo(body);
  return body.stream === true ? streamedReply(body, text) : wholeReply(body, text);
}

export function createDemoProvider(): Provider {
  return {
    name: 'demo',
    prefixes: ['demo/'],
    models: [],
    dialects: new Set(['openai-chat']),
    baseUrl: 'demo:',
    credential: undefined,
    secrets: [],
    headers: {},
    forwardHeaders: [],
    replyHeaders: [],
    quirks: { streamUsage: true },
    priceList: 'free',
    transport: fetchTransport(answer),
    listsModels: true,
  };
}
