/**
 * Waits for a stream's first event before anything is promised to the client: until then a failure can still be an
 * honest status instead of an error in mid-stream.
 */
import type { GatewayError } from '../core/errors.ts';
import { EventTooLarge } from '../core/event-hold.ts';
import { malformed, tooLarge } from '../core/upstream-failure.ts';
import { BadFraming, type Dialect, type WireEvent } from '../dialects/dialect.ts';
import type { Provider } from '../providers/provider.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { parseRefusal, refusalInside, rejected } from './refusal.ts';

/** The chunks up to and including the first event. Throws a GatewayError when it is an error, or no event at all. */
export async function readFirstEvent(
  exchange: Exchange,
  dialect: Dialect,
  provider: Provider,
  maxEventBytes: number,
): Promise<Uint8Array[]> {
  const type = exchange.response.headers.get('content-type') ?? '';
  if (!type.includes(dialect.speak.streamType)) await refuseNoStream(exchange, dialect, provider);
  const chunk = await exchange.readChunk();
  const only = chunk === undefined ? undefined : plainEvent(chunk);
  if (chunk !== undefined && only !== undefined) {
    checkFirst({ data: only }, dialect, provider, exchange);
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
  const decoder = dialect.speak.createDecoder(maxEventBytes);
  const chunks: Uint8Array[] = [];
  for (let chunk = begun; ; chunk = await exchange.readChunk()) {
    let first: WireEvent | undefined;
    try {
      [first] = chunk === undefined ? decoder.end() : decoder.push(chunk);
    } catch (thrown) {
      exchange.close();
      if (thrown instanceof EventTooLarge) throw tooLarge(provider.name, 'one event', maxEventBytes);
      if (thrown instanceof BadFraming) throw malformed(provider.name, thrown.message, thrown.cause);
      throw thrown;
    }
    if (chunk !== undefined) chunks.push(chunk);
    if (first !== undefined) checkFirst(first, dialect, provider, exchange, chunk === undefined);
    else if (chunk === undefined)
      throw malformed(provider.name, chunks.length === 0 ? 'an empty stream' : 'a stream without events');
    if (first !== undefined) return chunks;
  }
}

/** `isRest`: what was left when the stream ended, which may be half an event. */
function checkFirst(
  event: WireEvent,
  dialect: Dialect,
  provider: Provider,
  exchange: Exchange,
  isRest = false,
): void {
  const failure = failureOf(event, dialect, provider, isRest);
  if (failure === undefined) return;
  exchange.close();
  throw failure;
}

function failureOf(
  event: WireEvent,
  dialect: Dialect,
  provider: Provider,
  isRest: boolean,
): GatewayError | undefined {
  if (event.data.trim() === '[DONE]') return undefined;
  if (event.isException === true) {
    const read = dialect.speak.createStreamReader().read(event);
    return typeof read === 'object' && read.failure !== undefined
      ? rejected(provider, read.failure)
      : undefined;
  }
  const json = parseRefusal(event.data);
  const refusal = json && refusalInside(dialect, provider, json);
  if (refusal !== undefined) return refusal;
  // Only a failure may come in a list.
  if (json !== undefined && event.data.trimStart().startsWith('{')) return undefined;
  return malformed(provider.name, isRest ? 'a stream without events' : 'an event that is not a JSON object');
}

/** A stream was asked for and something else came, with a status that claims success. */
async function refuseNoStream(exchange: Exchange, dialect: Dialect, provider: Provider): Promise<never> {
  const json = parseRefusal(await exchange.readText());
  const refusal = json === undefined ? undefined : refusalInside(dialect, provider, json);
  throw refusal ?? malformed(provider.name, 'something other than an event stream');
}
