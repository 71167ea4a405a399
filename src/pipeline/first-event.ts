/**
 * Waits for a stream's first event before anything is promised to the client: until then a failure can still be an
 * honest status instead of an error in mid-stream.
 */
import { createParser } from 'eventsource-parser';
import { parseObject } from '../core/json.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Provider } from '../providers/provider.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { malformed, tooLarge } from '../upstream/failure.ts';
import { refusalInside } from './refusal.ts';

/** The chunks up to and including the first event. Throws a GatewayError when it is an error, or no event at all. */
export async function readFirstEvent(
  exchange: Exchange,
  dialect: Dialect,
  provider: Provider,
  maxEventBytes: number,
): Promise<Uint8Array[]> {
  const type = exchange.response.headers.get('content-type') ?? '';
  if (!type.includes('text/event-stream')) await refuseNoStream(exchange, dialect, provider);
  const chunk = await exchange.readChunk();
  const only = chunk === undefined ? undefined : plainEvent(chunk);
  if (chunk !== undefined && only !== undefined) {
    checkFirst(only, dialect, provider, exchange);
    return [chunk];
  }
  return await readAnyEvent(exchange, dialect, provider, maxEventBytes, chunk);
}

const lineFeed = 0x0a;
const dataField = Buffer.from('data: ', 'latin1');

/** The data of a chunk that begins as nearly all do, with one whole `data:` line: no parser, no decoder for these. */
function plainEvent(chunk: Uint8Array): string | undefined {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const end = bytes.indexOf(lineFeed);
  if (end === -1 || bytes[end + 1] !== lineFeed) return undefined;
  if (!bytes.subarray(0, dataField.length).equals(dataField)) return undefined;
  return bytes.toString('utf8', dataField.length, end);
}

async function readAnyEvent(
  exchange: Exchange,
  dialect: Dialect,
  provider: Provider,
  maxEventBytes: number,
  begun: Uint8Array | undefined,
): Promise<Uint8Array[]> {
  const decoder = new TextDecoder();
  let first: string | undefined;
  const parser = createParser({ onEvent: (event) => (first ??= event.data) });
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let chunk = begun; first === undefined; ) {
    if (chunk === undefined) return endedEarly(chunks, decoder, provider);
    chunks.push(chunk);
    total += chunk.byteLength;
    if (total > maxEventBytes) {
      exchange.close();
      throw tooLarge(provider.name, 'one event', maxEventBytes);
    }
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (first === undefined) chunk = await exchange.readChunk();
  }
  checkFirst(first, dialect, provider, exchange);
  return chunks;
}

function checkFirst(data: string, dialect: Dialect, provider: Provider, exchange: Exchange): void {
  if (data.trim() === '[DONE]') return;
  const json = parseObject(data);
  const failure =
    json === undefined
      ? malformed(provider.name, 'an event that is not a JSON object')
      : refusalInside(dialect, provider, json);
  if (failure === undefined) return;
  exchange.close();
  throw failure;
}

/** The stream was over before one whole event: what little came may still be an event without its blank line. */
function endedEarly(chunks: Uint8Array[], decoder: TextDecoder, provider: Provider): Uint8Array[] {
  if (chunks.length === 0) throw malformed(provider.name, 'an empty stream');
  const data = /^data:\s*(\{.*\})\s*$/s.exec(decoder.decode(Buffer.concat(chunks)))?.[1];
  if (data === undefined || parseObject(data) === undefined)
    throw malformed(provider.name, 'a stream without events');
  return chunks;
}

/** A stream was asked for and something else came, with a status that claims success. */
async function refuseNoStream(exchange: Exchange, dialect: Dialect, provider: Provider): Promise<never> {
  const json = parseObject(await exchange.readText());
  const refusal = json === undefined ? undefined : refusalInside(dialect, provider, json);
  throw refusal ?? malformed(provider.name, 'something other than an event stream');
}
