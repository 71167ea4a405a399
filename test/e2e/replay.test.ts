/**
 * Recorded traffic over sockets: every recorded request is sent to the gateway as its client sent it, and an upstream answers with
 * the recorded reply, cut at odd places. Both sides must see what was recorded, passed through as well as read and written again, and
 * what reaches the upstream has no fault, by the API's published schema, that the recorded request has not.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ConversationDialect, conversationDialects } from '../../src/core/dialect-name.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../src/core/json.ts';
import type { WireEvent } from '../../src/dialects/dialect.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { judges, judgesArePresent } from '../conformance/judges.ts';
import { bytesOfBase64, corpusIsPresent, lineOf } from '../support/corpus.ts';
import { wireEvents } from '../support/event-frames.ts';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { type ReplayUpstream, startReplayUpstream } from '../support/replay-upstream.ts';
import { type Exchange, readTraffic, Tally } from '../support/traffic.ts';
import { asJson } from '../support/trips.ts';

const seed = Number(process.env.OPENGATEWAY_TEST_SEED ?? 20_261_122);
const isPresent = corpusIsPresent && judgesArePresent;
const timeoutMs = 240_000;
const atOnce = 8;
const eventStream = 'application/vnd.amazon.eventstream';

interface Route {
  /** The provider's prefix. */
  readonly provider: string;
  readonly path: (model: string, stream: boolean) => string;
  /** How many recordings cannot be played; each is printed with its reason. */
  readonly exceptions: number;
}

const routes: Readonly<Record<ConversationDialect, Route>> = {
  'openai-chat': { provider: 'chat', path: () => '/v1/chat/completions', exceptions: 3 },
  'openai-responses': { provider: 'respond', path: () => '/v1/responses', exceptions: 0 },
  'anthropic-messages': { provider: 'anthropic', path: () => '/v1/messages', exceptions: 0 },
  gemini: {
    provider: 'gemini',
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    exceptions: 15,
  },
  'bedrock-converse': {
    provider: 'bedrock',
    path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`,
    exceptions: 1,
  },
};

/** What a recording is played as; a text where it cannot be. */
interface Play {
  readonly exchange: Exchange;
  readonly body: JsonObject;
  readonly stream: boolean;
  readonly bytes: Uint8Array;
}

function playOf(dialect: ConversationDialect, exchange: Exchange): Play | string {
  const { request, response } = exchange;
  if (!isObject(request.body)) return 'no JSON request body was recorded';
  const line = lineOf(dialect, request.url);
  const isClaude = dialect === 'anthropic-messages';
  if (line === undefined && !isClaude && typeof request.body.model !== 'string')
    return 'the request names no model in its body (Azure deployment paths, Ollama)';
  if (line?.asArray === true) return 'a stream as a JSON array, which is another wire form';
  const stream = line?.stream ?? request.body.stream === true;
  // So that nothing has to be asked for on the client's behalf.
  const options = dialect === 'openai-chat' && stream ? { stream_options: { include_usage: true } } : {};
  // Claude on Vertex AI and Bedrock has it in the path.
  const body = { ...(isClaude && { model: 'in-the-path' }), ...request.body, ...options };
  if (response.base64 !== undefined) return { exchange, body, stream, bytes: bytesOfBase64(response.base64) };
  if (isObject(response.body))
    return { exchange, body, stream, bytes: Buffer.from(JSON.stringify(response.body)) };
  if (typeof response.text !== 'string') return 'no reply was recorded';
  if (!stream) return 'the recorded reply is no JSON';
  return { exchange, body, stream, bytes: Buffer.from(`${response.text.trimEnd()}\n\n`) };
}

function typeOf(dialect: ConversationDialect, { stream, exchange }: Play): string {
  if (exchange.response.status !== 200 || !stream) return 'application/json';
  return dialect === 'bedrock-converse' ? eventStream : 'text/event-stream; charset=utf-8';
}

/** An error in mid-stream is said in the whole of OpenAI's shape, of which some recorded upstreams say a part. */
function withoutParam(json: JsonValue): JsonValue {
  if (!isObject(json) || !isObject(json.error) || json.error.param !== null) return json;
  const { param: _, ...error } = json.error;
  return { ...json, error };
}

/** Names and data of a stream's events; its closing word is form. */
function eventsIn(dialect: ConversationDialect, bytes: Uint8Array): unknown[] {
  const events: readonly WireEvent[] =
    dialect === 'bedrock-converse' ? wireEvents(bytes) : eventsOf(Buffer.from(bytes).toString('utf8'));
  return events
    .filter(({ data }) => data !== '[DONE]')
    .map(({ name, data }) => ({
      ...(name !== undefined && dialect !== 'openai-chat' && { name }),
      json: asJson(withoutParam(parseObject(data) ?? data)),
    }));
}

async function eachAtOnce<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

for (const mode of ['passthrough', 'translated'] as const)
  describe.skipIf(!isPresent)(
    `recordings replayed, ${mode}${isPresent ? '' : ' (skipped: they are not here)'}`,
    () => {
      let gateway: RunningGateway;
      let upstream: ReplayUpstream;

      beforeAll(async () => {
        process.stdout.write(`replay: OPENGATEWAY_TEST_SEED=${seed}\n`);
        upstream = startReplayUpstream(seed);
        const apiKey = 'sk-upstream-canary';
        gateway = await startGateway({
          env: {
            ANTHROPIC_API_KEY: apiKey,
            ANTHROPIC_BASE_URL: `${upstream.url}/v1`,
            GEMINI_API_KEY: apiKey,
            GEMINI_BASE_URL: `${upstream.url}/v1beta`,
            AWS_BEARER_TOKEN_BEDROCK: apiKey,
            AWS_REGION: 'us-east-1',
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
            ...(mode === 'translated' && { OPENGATEWAY_FORCE_TRANSLATE: '1' }),
          },
          config: {
            providers: {
              chat: { baseUrl: `${upstream.url}/v1`, apiKey },
              respond: { baseUrl: `${upstream.url}/v1`, apiKey, dialects: ['openai-responses'] },
            },
          },
        });
      });
      afterAll(async () => {
        await gateway?.stop();
        await upstream?.stop();
      });

      async function play(
        dialect: ConversationDialect,
        one: Play,
      ): Promise<{ name: string; reply: Response; bytes: Uint8Array }> {
        const { provider, path } = routes[dialect];
        const { status } = one.exchange.response;
        const name = upstream.add({ status, type: typeOf(dialect, one), bytes: one.bytes });
        const model = `${provider}/${name}`;
        const reply = await fetch(`${gateway.url}${path(model, one.stream)}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
          body: JSON.stringify(typeof one.body.model === 'string' ? { ...one.body, model } : one.body),
        });
        return { name, reply, bytes: await reply.bytes() };
      }

      for (const dialect of conversationDialects)
        test(
          dialect,
          async () => {
            const tally = new Tally();
            const sent: JsonObject[] = [];
            const received: JsonObject[] = [];
            let failures = 0;
            await eachAtOnce(readTraffic(dialect), async (exchange) => {
              const { id } = exchange;
              const one = playOf(dialect, exchange);
              if (typeof one === 'string') {
                tally.except(one, id);
                return;
              }
              const { name, reply, bytes } = await play(dialect, one);
              const [request, ...more] = upstream.received(name);
              if (request === undefined) {
                const said = parseObject(Buffer.from(bytes).toString('utf8'));
                expect({
                  id,
                  status: reply.status,
                  error: isObject(said?.error) || said?.message !== undefined,
                }).toEqual({ id, status: 400, error: true });
                tally.except(`refused as the API would: ${JSON.stringify(said)?.slice(0, 120)}`, id);
                return;
              }
              const wanted = typeof one.body.model === 'string' ? { ...one.body, model: name } : one.body;
              expect({ id, more, request }).toEqual({ id, more: [], request: wanted });
              sent.push(wanted);
              received.push(request);
              const { status, body } = exchange.response;
              // Some say 200 and an error.
              if (status >= 400 || (dialect === 'openai-chat' && isObject(body?.error))) {
                expect({ id, isFailure: reply.status >= 400 }).toEqual({ id, isFailure: true });
                failures++;
              } else if (
                (one.stream && typeof exchange.response.text === 'string') ||
                exchange.response.base64 !== undefined
              ) {
                expect({ id, status: reply.status, mode: reply.headers.get('x-opengateway-mode') }).toEqual({
                  id,
                  status: 200,
                  mode,
                });
                expect({ id, events: eventsIn(dialect, bytes) }).toEqual({
                  id,
                  events: eventsIn(dialect, one.bytes),
                });
              } else {
                expect({
                  id,
                  status: reply.status,
                  body: parseObject(Buffer.from(bytes).toString('utf8')),
                }).toEqual({ id, status: 200, body: exchange.response.body });
              }
              tally.keep();
            });
            const faults = judges[dialect].requests(received);
            expect(faults).toEqual(judges[dialect].requests(sent));
            tally.print(
              `replayed ${dialect}, ${mode} (${failures} failures; ${faults.filter((fault) => fault === '').length} of ${faults.length} requests valid as recorded)`,
            );
            expect(tally.exceptions).toBeLessThanOrEqual(routes[dialect].exceptions);
          },
          timeoutMs,
        );
    },
  );
