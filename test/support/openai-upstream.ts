/** A scripted OpenAI-compatible upstream on loopback: records what it receives and answers by model name. */
import { type ChatRequest, chatChunks, chatReply } from './scripted-chat.ts';
import { faultReply } from './scripted-faults.ts';
import {
  type CompletionsRequest,
  completionsChunks,
  completionsReply,
  type EmbeddingsRequest,
  embeddingsReply,
  modelReply,
  modelsReply,
} from './scripted-plain.ts';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly model: string;
  /** Set when the caller hung up before the reply was complete. */
  aborted: boolean;
}

export interface ScriptedUpstream {
  /** With the version: http://127.0.0.1:PORT/v1 */
  readonly url: string;
  readonly requests: readonly Received[];
  /** Every request for a model, oldest first. */
  received(model: string): readonly Received[];
  stop(): Promise<void>;
}

const replyHeaders = {
  'x-request-id': 'req_scripted_upstream',
  'openai-processing-ms': '12',
  'x-ratelimit-remaining-requests': '59',
};

function sse(chunks: readonly unknown[]): Response {
  const events = [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const event = events.shift();
      if (event === undefined) return controller.close();
      await Bun.sleep(2);
      controller.enqueue(new TextEncoder().encode(event));
    },
  });
  return new Response(body, {
    headers: { ...replyHeaders, 'content-type': 'text/event-stream; charset=utf-8' },
  });
}

const refuse = (status: number, message: string): Response =>
  Response.json(
    { error: { message, type: 'invalid_request_error', param: null, code: 'scripted' } },
    { status },
  );

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function answer(path: string, body: Record<string, unknown>): Response {
  const streamed = body.stream === true;
  switch (path) {
    case '/v1/chat/completions': {
      const request = body as unknown as ChatRequest;
      if (!Array.isArray(request.messages)) return refuse(400, 'messages is not an array');
      return streamed
        ? sse(chatChunks(request))
        : Response.json(chatReply(request), { headers: replyHeaders });
    }
    case '/v1/completions': {
      const request = body as unknown as CompletionsRequest;
      return streamed ? sse(completionsChunks(request)) : Response.json(completionsReply(request));
    }
    case '/v1/embeddings':
      return Response.json(embeddingsReply(body as unknown as EmbeddingsRequest), { headers: replyHeaders });
    default:
      return refuse(404, `no such path: ${path}`);
  }
}

function models(path: string): Response {
  const id = decodeURIComponent(path.slice('/v1/models/'.length));
  if (path === '/v1/models') return Response.json(modelsReply());
  const found = modelReply(id);
  return found ? Response.json(found) : refuse(404, `no such model: ${id}`);
}

export function startUpstream(): ScriptedUpstream {
  const requests: Received[] = [];
  const received = (model: string) => requests.filter((request) => request.model === model);
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const { pathname: path, searchParams } = new URL(request.url);
      // For clients in another process, which cannot read `requests`.
      if (path === '/received') return Response.json(received(searchParams.get('model') ?? ''));
      const text = await request.text();
      const body = parse(text);
      const headers: Record<string, string> = Object.fromEntries(request.headers);
      const model = String(body?.model ?? '');
      const record: Received = { method: request.method, path, headers, body: text, model, aborted: false };
      requests.push(record);
      request.signal.addEventListener('abort', () => {
        record.aborted = true;
      });
      if (path.startsWith('/v1/models')) return models(path);
      if (!body || headers['content-type']?.startsWith('application/json') !== true)
        return refuse(400, 'the body is not JSON');
      const authorization = headers.authorization ?? '';
      const stream = body.stream === true;
      return (await faultReply({ model, stream, authorization })) ?? answer(path, body);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    requests,
    received,
    stop: () => server.stop(true),
  };
}
