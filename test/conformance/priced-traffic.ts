/** The recordings that report usage: who was called, what our dialects read, and what is handed to another calculator to read. */
import { isObject, type JsonObject, type JsonValue, parseObject, stringOf } from '../../src/core/json.ts';
import type { Usage } from '../../src/core/usage.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { readGeminiLine } from '../../src/dialects/gemini/request-line.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { huggingface } from '../../src/providers/huggingface.ts';
import { maxEventBytes, saidIn } from '../support/event-frames.ts';
import { type Exchange, readTraffic, trafficIsPresent } from '../support/traffic.ts';

/** Whose API a recording is in, and by which of the calculator's rules its usage is read. */
interface Family {
  readonly traffic: string;
  readonly dialect: Parameters<typeof dialects.get>[0];
  readonly flavor: string;
  readonly maker: string;
}

const families: readonly Family[] = [
  { traffic: 'openai-chat', dialect: 'openai-chat', flavor: 'chat', maker: 'openai' },
  { traffic: 'openai-responses', dialect: 'openai-responses', flavor: 'responses', maker: 'openai' },
  { traffic: 'openai-embeddings', dialect: 'openai-embeddings', flavor: 'embeddings', maker: 'openai' },
  { traffic: 'openai-images', dialect: 'openai-chat', flavor: 'images', maker: 'openai' },
  { traffic: 'anthropic-messages', dialect: 'anthropic-messages', flavor: 'default', maker: 'anthropic' },
  { traffic: 'gemini', dialect: 'gemini', flavor: 'default', maker: 'google' },
  { traffic: 'bedrock-converse', dialect: 'bedrock-converse', flavor: 'default', maker: 'aws' },
  { traffic: 'bedrock-invoke', dialect: 'anthropic-messages', flavor: 'anthropic', maker: 'aws' },
];

/** The catalogue's name of whoever has the host. */
const lists: readonly (readonly [host: RegExp, list: string])[] = [
  [/(?:^|\.)openai\.com$/, 'openai'],
  [/\.azure\.com$/, 'azure'],
  [/azuredatabricks\.net$/, 'databricks'],
  [/openrouter\.ai$/, 'openrouter'],
  [/groq\.com$/, 'groq'],
  [/mistral\.ai$/, 'mistral'],
  [/\.x\.ai$/, 'x-ai'],
  [/deepseek\.com$/, 'deepseek'],
  [/\.z\.ai$/, 'zai'],
  [/cerebras\.ai$/, 'cerebras'],
  [/avian\.io$/, 'avian'],
  [/voyageai\.com$/, 'voyageai'],
  [/anthropic\.com$/, 'anthropic'],
  [/googleapis\.com$/, 'google'],
  [/amazonaws\.com$/, 'aws'],
  [/api\.aws$/, 'aws'],
  [/cloudflare\.com$/, 'cloudflare'],
  [/together\.xyz$/, 'together'],
];

export interface PricedReply {
  readonly id: string;
  readonly list: string;
  readonly model: string;
  /** As our dialect reads it. */
  readonly usage: Usage;
  readonly flavor: string;
  readonly maker: string;
  /** What of the reply speaks of usage, as it was sent. */
  readonly reply: JsonObject;
  /** What it says of the tier of service. */
  readonly context: Readonly<Record<string, string>>;
}

function listOf(url: string): string {
  const { host, pathname } = new URL(url);
  // Its router names the partner in the path of some APIs.
  if (host === 'router.huggingface.co') return `huggingface_${pathname.split('/')[1]}`;
  return lists.find(([pattern]) => pattern.test(host))?.[1] ?? host;
}

function partnerOf(model: string): { list: string; model: string } {
  const { priceList } = huggingface;
  return typeof priceList === 'function' ? priceList(model) : { list: 'huggingface', model };
}

function modelOf({ request: { url, body }, response }: Exchange): string {
  const path = new URL(url).pathname;
  const fromBody = isObject(body) ? stringOf(body.model) : undefined;
  const publisher = /\/publishers\/[\w-]+\/models\/([^:/]+):/.exec(path)?.[1];
  const bedrock = path.includes('/model/') ? /\/model\/([^/]+)\//.exec(path)?.[1] : undefined;
  const deployment = path.includes('/deployments/') ? stringOf(response.body?.model) : undefined;
  const gemini = readGeminiLine(url.replace(/^https?:\/\/[^/]+/, ''))?.model;
  const named = publisher ?? bedrock ?? deployment ?? fromBody ?? gemini ?? '';
  return decodeURIComponent(named);
}

/** Later tellings replace earlier ones, but with nothing. */
function told(before: JsonObject, later: JsonValue | undefined): JsonObject {
  if (!isObject(later)) return before;
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(said) };
}

function parsed(texts: readonly string[]): JsonObject[] {
  return texts.map(parseObject).filter((json) => json !== undefined);
}

function eventJsons({ response, request }: Exchange): JsonObject[] {
  if (response.base64 === undefined)
    return parsed(eventsOf(`${response.text ?? ''}\n\n`).map(({ data }) => data));
  const once = Buffer.from(response.base64, 'base64');
  const isText = once.every((byte) => byte > 0x20 && byte < 0x7f);
  const bytes = isText ? Buffer.from(once.toString('latin1'), 'base64') : once;
  const payloads = saidIn(bytes).map(([, payload]) => payload);
  if (!request.url.includes('invoke-with-response-stream')) return payloads;
  return parsed(
    payloads.map((payload) => Buffer.from(stringOf(payload.bytes) ?? '', 'base64').toString('utf8')),
  );
}

/** One object as a whole reply would be, from the events of a stream. */
function wholeOf(events: readonly JsonObject[]): JsonObject | undefined {
  let usage: JsonObject = {};
  let whole: JsonObject = {};
  for (const event of events) {
    const { message, response } = event;
    const inner = [response, message].find(isObject) ?? event;
    if (inner !== event || isObject(event.usage) || isObject(event.usageMetadata))
      whole = { ...whole, ...inner };
    usage = told(usage, inner.usage);
  }
  return Object.keys(whole).length === 0
    ? undefined
    : { ...whole, ...(Object.keys(usage).length > 0 && { usage }) };
}

function observed(
  dialect: Dialect,
  exchange: Exchange,
  events: readonly JsonObject[] | undefined,
): Usage | undefined {
  if (events === undefined) return exchange.response.body && dialect.observe(exchange.response.body).usage;
  const { base64, text = '' } = exchange.response;
  const isSse = base64 === undefined;
  // Amazon frames Anthropic's events in its own way; the provider's transport unwraps them.
  const bytes = isSse
    ? Buffer.from(text)
    : dialect.name === 'bedrock-converse'
      ? Buffer.from(base64, 'base64')
      : Buffer.from(
          events
            .map((event) => `event: ${stringOf(event.type)}\ndata: ${JSON.stringify(event)}\n\n`)
            .join(''),
        );
  const tap = dialect.createStreamTap({
    provider: 'p',
    maxEventBytes,
    hideUsage: false,
    scrub: (refusal) => refusal,
  });
  tap.push(bytes);
  return tap.end().usage;
}

function contextOf(reply: JsonObject): Record<string, string> {
  const { usage, service_tier: tier } = reply;
  const inner = isObject(usage) ? usage : {};
  const context: Record<string, string> = {};
  for (const [key, value] of [
    ['service_tier', tier ?? inner.service_tier],
    ['speed', inner.speed],
  ] as const)
    if (typeof value === 'string') context[key] = value;
  return context;
}

export const trafficIsHere = families.every(({ traffic }) => trafficIsPresent(traffic));

/** Replies in which a raw `usage` stands; those in which we read none are given with `undefined` to `onUnread`. */
export function pricedTraffic(onUnread: (id: string, reply: JsonObject) => void): PricedReply[] {
  return families.flatMap(({ traffic, dialect: name, flavor, maker }) => {
    const dialect = dialects.get(name);
    if (dialect === undefined) throw new Error(`no dialect ${name}`);
    return readTraffic(traffic).flatMap((exchange): PricedReply[] => {
      const { id, response, request } = exchange;
      if (response.status >= 300) return [];
      const events = response.body === undefined ? eventJsons(exchange) : undefined;
      const reply = events === undefined ? response.body : wholeOf(events);
      if (reply === undefined || (!isObject(reply.usage) && !isObject(reply.usageMetadata))) return [];
      const usage = observed(dialect, exchange, events);
      if (usage === undefined) {
        onUnread(id, reply);
        return [];
      }
      const list = listOf(request.url);
      const named = modelOf(exchange);
      // The partner may stand after the model's name, too.
      const routed = list === 'huggingface_v1' ? partnerOf(named) : { list, model: named };
      const isClaude = name === 'anthropic-messages' && list === 'google';
      const speaks = isClaude ? { flavor: 'anthropic', maker: 'google' } : { flavor, maker };
      const { usage: raw, usageMetadata } = reply;
      const said = {
        ...(raw !== undefined && { usage: raw }),
        ...(usageMetadata !== undefined && { usageMetadata }),
      };
      const output =
        name === 'openai-responses' && reply.output !== undefined ? { output: reply.output } : {};
      const context = contextOf(reply);
      return [{ id, ...routed, usage, ...speaks, reply: { ...said, ...output }, context }];
    });
  });
}
