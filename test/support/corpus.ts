/** The recorded traffic of the conversation dialects, as what it holds of each: requests, whole replies, streams. */
import { type ConversationDialect, conversationDialects } from '../../src/core/dialect-name.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { readBedrockLine } from '../../src/dialects/bedrock-converse/request-line.ts';
import type { RequestLine } from '../../src/dialects/dialect.ts';
import { readGeminiLine } from '../../src/dialects/gemini/request-line.ts';
import { type Exchange, readTraffic, trafficIsPresent } from './traffic.ts';

export interface CorpusRequest {
  readonly id: string;
  readonly body: JsonObject;
  readonly line?: RequestLine;
}

export interface Corpus {
  readonly requests: readonly CorpusRequest[];
  readonly replies: readonly { readonly id: string; readonly body: JsonObject }[];
  readonly streams: readonly { readonly id: string; readonly bytes: Uint8Array }[];
}

export const corpusIsPresent = conversationDialects.every(trafficIsPresent);

/** Some recordings hold base64 of base64. */
export function bytesOfBase64(base64: string): Uint8Array {
  const once = Buffer.from(base64, 'base64');
  const isText = once.every((byte) => byte > 0x20 && byte < 0x7f);
  return isText ? Buffer.from(once.toString('latin1'), 'base64') : once;
}

const lines: Partial<Record<ConversationDialect, (url: string) => RequestLine | undefined>> = {
  // Vertex AI puts the collection deeper in its path.
  gemini: (url) =>
    readGeminiLine(url.replace(/\/v1(?:beta1)?\/projects\/.*\/publishers\/google\//, '/v1beta/')),
  // One of the recordings' gateways has a path of its own before it.
  'bedrock-converse': (url) => {
    const path = new URL(url).pathname;
    return readBedrockLine(path.slice(path.indexOf('/model/')));
  },
};

export function lineOf(name: ConversationDialect, url: string): RequestLine | undefined {
  return lines[name]?.(url);
}

function requestOf(name: ConversationDialect, { id, request }: Exchange): CorpusRequest[] {
  if (!isObject(request.body)) return [];
  const line = lineOf(name, request.url);
  const body = line === undefined ? withModel(request.body) : request.body;
  return [{ id, body, ...(line !== undefined && { line }) }];
}

/** Some have it in the path, which is not kept here. */
function withModel(body: JsonObject): JsonObject {
  return typeof body.model === 'string' ? body : { model: 'in-the-path', ...body };
}

function streamBytes({ stream, response }: Exchange): Uint8Array | undefined {
  if (response.status !== 200) return undefined;
  if (response.base64 !== undefined) return bytesOfBase64(response.base64);
  // A stream of Gemini's as a JSON array is none.
  if (!stream || typeof response.text !== 'string' || response.text.trimStart().startsWith('['))
    return undefined;
  return Buffer.from(`${response.text.trimEnd()}\n\n`);
}

const read = new Map<ConversationDialect, Corpus>();

export function corpusOf(name: ConversationDialect): Corpus {
  const known = read.get(name);
  if (known !== undefined) return known;
  const exchanges = readTraffic(name);
  const corpus: Corpus = {
    requests: exchanges.flatMap((exchange) => requestOf(name, exchange)),
    replies: exchanges.flatMap(({ id, response }) =>
      response.status === 200 && isObject(response.body) ? [{ id, body: response.body }] : [],
    ),
    streams: exchanges.flatMap((exchange) => {
      const bytes = streamBytes(exchange);
      return bytes === undefined ? [] : [{ id: exchange.id, bytes }];
    }),
  };
  read.set(name, corpus);
  return corpus;
}
