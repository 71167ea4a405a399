/** A scripted upstream on loopback that speaks every wire format, told apart by their paths, and keeps what it received. */
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { anthropicMessagesFormat } from './anthropic-messages.ts';
import { bedrockConverseFormat } from './bedrock-converse.ts';
import { bedrockInvokeFormat } from './bedrock-invoke.ts';
import type { Format } from './format.ts';
import { geminiFormat } from './gemini.ts';
import { openaiChatFormat } from './openai-chat.ts';
import { openaiResponsesFormat } from './openai-responses.ts';
import { retryAfterS, type Script, say } from './scenario.ts';

/** `bedrock-invoke`: Anthropic's words inside Bedrock's. */
export type WireName = ConversationDialect | 'bedrock-invoke';

export const formats: Readonly<Record<WireName, Format>> = {
  'openai-chat': openaiChatFormat,
  'openai-responses': openaiResponsesFormat,
  'anthropic-messages': anthropicMessagesFormat,
  gemini: geminiFormat,
  'bedrock-converse': bedrockConverseFormat,
  'bedrock-invoke': bedrockInvokeFormat,
};

export interface WireRequest {
  readonly format: WireName;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's own text. */
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface WireUpstream {
  /** Without a path: http://127.0.0.1:PORT */
  readonly url: string;
  readonly requests: WireRequest[];
  stop(): Promise<void>;
}

/** Cuts bytes where no reader would, to show that none depends on the cuts. */
function oddly(bytes: Uint8Array): Uint8Array[] {
  const cuts: Uint8Array[] = [];
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 3) % 61 || 1)
    cuts.push(bytes.subarray(at, at + size));
  return cuts;
}

function streamed(events: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const chunks = oddly(
    Buffer.concat(events.map((event) => (typeof event === 'string' ? Buffer.from(event) : event))),
  );
  return new ReadableStream({
    async pull(controller) {
      // Some at a time: one a turn would make a test slow.
      for (let count = 0; count < 8; count++) {
        const chunk = chunks.shift();
        if (chunk === undefined) {
          controller.close();
          return;
        }
        controller.enqueue(chunk);
      }
      await Bun.sleep(1);
    },
  });
}

async function answer(
  name: WireName,
  request: Request,
  path: string,
  requests: WireRequest[],
  script: Script,
): Promise<Response> {
  const format = formats[name];
  const line = format.match(path) ?? {};
  const text = await request.text();
  const body = JSON.parse(text) as Record<string, unknown>;
  requests.push({ format: name, path, headers: request.headers.toJSON(), text, body });
  const seen = { model: '', stream: false, ...format.look(body), ...line };
  const said = script(seen, format.idPrefix, text);
  const headers = { 'x-request-id': 'req_wire', 'retry-after': retryAfterS };
  if ('status' in said) {
    const failed = format.fail(said);
    return Response.json(failed.body, { status: said.status, headers: { ...headers, ...failed.headers } });
  }
  if (!seen.stream)
    return Response.json(format.whole(said, seen.model), { headers: { 'x-request-id': 'req_wire' } });
  return new Response(streamed(format.stream(said, seen.model, body)), {
    headers: { 'content-type': format.streamType, 'x-request-id': 'req_wire' },
  });
}

export function startWireUpstream(script: Script = say): WireUpstream {
  const requests: WireRequest[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    development: false,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const [name] = Object.entries(formats).find(([, format]) => format.match(path) !== undefined) ?? [];
      if (name === undefined || request.method !== 'POST')
        return Response.json({ error: { message: `no such path: ${path}` } }, { status: 404 });
      return await answer(name as WireName, request, path, requests, script);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, requests, stop: () => server.stop(true) };
}
