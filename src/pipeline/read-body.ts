/** The request's body: bounded in bytes, checked to be UTF-8, bounded in depth, then parsed once. */
import { GatewayError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { outlineJson } from '../core/json-outline.ts';
import { decodeStrictly, isFaithful } from '../core/utf8.ts';
import type { RequestBody } from '../dialects/dialect.ts';
import { rewrittenKeys } from '../dialects/openai/rewrite.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxDepth: number;
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${limit} bytes.`);
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

/** The body as text; undefined when it is not UTF-8. */
async function readText(request: Request, maxBytes: number): Promise<string | undefined> {
  const length = request.headers.get('content-length');
  try {
    if (length === null) return decode(await readCounted(request, maxBytes));
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    const text = await request.text();
    return isFaithful(text, Number(length)) ? text : undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    throw new GatewayError('client_closed_request', 'The connection ended before the body did.', {
      cause: thrown,
    });
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

export async function readBody(request: Request, limits: BodyLimits): Promise<RequestBody> {
  const text = await readText(request, limits.maxBodyBytes);
  if (text === undefined) throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.');
  const outline = outlineJson(text, rewrittenKeys, limits.maxDepth);
  if (outline.tooDeep)
    throw new GatewayError(
      'request_too_deep',
      `The request body nests deeper than ${limits.maxDepth} levels.`,
    );
  const json = parse(text);
  if (outline.topLevelKeys !== Object.keys(json).length)
    throw new GatewayError('duplicate_key', 'The request body names a top-level field more than once.');
  return { text, outline, json };
}
