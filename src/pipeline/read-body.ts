/** The request's body: bounded in bytes, checked to be UTF-8, bounded in depth, then parsed once. */
import { GatewayError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { outlineJson } from '../core/json-outline.ts';
import { decodeStrictly, isFaithful } from '../core/utf8.ts';
import type { RequestBody } from '../dialects/dialect.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${limit} bytes.`);
}

/** A whole body as bytes. Throws `request_too_large` or `client_closed_request`. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes);
  try {
    return await readCounted(request, maxBytes);
  } catch (thrown) {
    throw lost(thrown);
  }
}

/** A body without an announced length is counted while it arrives. */
async function readCounted(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    total += value.byteLength;
    if (total > maxBytes) {
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decodeStrictly(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.replace(/^JSON Parse error: /, '') : '';
    throw new GatewayError('invalid_json', `We could not parse the JSON body of your request. ${why}`.trim());
  }
  if (!isObject(json)) throw new GatewayError('invalid_json', 'The request body must be a JSON object.');
  return json;
}

function lost(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('client_closed_request', 'The connection ended before the body did.', {
    cause: thrown,
  });
}

/** `keys`: the top-level keys whose place in the text matters. */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  keys: ReadonlySet<string>,
): Promise<RequestBody> {
  const { maxBodyBytes, maxDepth } = limits;
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  let text: string | undefined;
  try {
    if (length === null) text = decode(await readCounted(request, maxBodyBytes));
    else {
      const read = await request.text();
      if (isFaithful(read, Number(length))) text = read;
    }
  } catch (thrown) {
    throw lost(thrown);
  }
  if (text === undefined) throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.');
  return readText(text, maxDepth, keys);
}

/** A body that has arrived as text already. Throws `request_too_deep`, `invalid_json` or `duplicate_key`. */
export function readText(text: string, maxDepth: number, keys: ReadonlySet<string>): RequestBody {
  const outline = outlineJson(text, keys, maxDepth);
  if (outline.tooDeep)
    throw new GatewayError('request_too_deep', `The request body nests deeper than ${maxDepth} levels.`);
  const json = parse(text);
  if (outline.topLevelKeys !== Object.keys(json).length)
    throw new GatewayError('duplicate_key', 'The request body names a top-level field more than once.');
  return { text, outline, json };
}
