/**
 * Errors as Bedrock Runtime speaks them: a status, `{"message":…}`, and the exception's name in a header that every AWS
 * SDK reads; in mid-stream an exception frame. Statuses are those of the service model.
 */
import type { GatewayError, UpstreamRefusal } from '../../core/errors.ts';
import type { HeaderReader } from '../../core/header-reader.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';

const shape = 'bedrock-converse';

const errorTypeHeader = 'x-amzn-errortype';

/** The model's exceptions and their statuses; the first of a status is what a bare status means. */
const statuses: readonly (readonly [string, number])[] = [
  ['ValidationException', 400],
  ['ServiceQuotaExceededException', 400],
  ['AccessDeniedException', 403],
  ['ResourceNotFoundException', 404],
  ['ModelTimeoutException', 408],
  ['ConflictException', 409],
  ['ModelErrorException', 424],
  ['ModelStreamErrorException', 424],
  ['ThrottlingException', 429],
  ['ModelNotReadyException', 429],
  ['InternalServerException', 500],
  ['ServiceUnavailableException', 503],
];

/** The exceptions a stream can end in. */
const inStream: ReadonlySet<string> = new Set([
  'InternalServerException',
  'ModelStreamErrorException',
  'ValidationException',
  'ThrottlingException',
  'ServiceUnavailableException',
]);

/** What the service calls a credential it does not take. Its words may hold the signed headers, a session token among them. */
const credentialFaults =
  /^(?:InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|MissingAuthenticationToken|RequestExpired|NotAuthorized)/;
const credentialWords =
  /canonical string|security token included in the request|signature (?:we calculated|expired)/i;

function typeOfStatus(status: number): string {
  // No exception of the model's is a 401, or stands for another server behind the service.
  if (status === 401) return 'AccessDeniedException';
  if (status === 502 || status === 504 || status === 529) return 'ServiceUnavailableException';
  const known = statuses.find(([, known]) => known === status)?.[0];
  return known ?? (status >= 500 ? 'InternalServerException' : 'ValidationException');
}

function statusOfType(type: string): number {
  return statuses.find(([known]) => known === type)?.[1] ?? 500;
}

/** The upstream's own word where it is one of this API's. */
function errorType({ refusal, status }: GatewayError): string {
  const native = refusal?.shape === shape ? refusal.type : null;
  return native ?? typeOfStatus(status);
}

/** `com.amazon.x#ValidationException`, `ValidationException:http://…`: the name alone. */
function bareName(type: string): string {
  return type.split(':', 1)[0]?.split('#').at(-1) ?? type;
}

export function writeError(error: GatewayError): JsonObject {
  const { refusal, message } = error;
  if (refusal?.shape !== shape) return { message };
  const rest = refusal.rest as JsonObject;
  return rest.Message === refusal.message ? { ...rest } : { ...rest, message: refusal.message };
}

export function errorHeaders(error: GatewayError): Record<string, string> {
  return { [errorTypeHeader]: errorType(error) };
}

export function readRefusal(
  status: number,
  json: JsonObject,
  headers?: HeaderReader,
): UpstreamRefusal | undefined {
  const { message, __type: typed, ...rest } = json;
  const said = stringOf(message) ?? stringOf(json.Message);
  const named = headers?.get(errorTypeHeader) ?? stringOf(typed) ?? null;
  const type = named === null ? null : bareName(named);
  if (said === undefined && type === null) return undefined;
  const isAboutCredential =
    (type !== null && credentialFaults.test(type)) || credentialWords.test(said ?? '');
  return {
    shape,
    status,
    message: said ?? type ?? '',
    type,
    code: null,
    param: null,
    rest: typed === undefined ? rest : { ...rest, __type: typed },
    ...(isAboutCredential && { isAboutCredential }),
  };
}

/** The front of the service answers what it does not know with a 200 and this. */
export function readFailure(json: JsonObject): UpstreamRefusal | undefined {
  if (json.stopReason !== undefined || json.output !== undefined) return undefined;
  const inner = isObject(json.Output) ? json.Output : json;
  return typeof inner.__type === 'string' ? readRefusal(502, inner) : undefined;
}

/** `throttlingException` as a frame names it, `ThrottlingException` as everything else does. */
export function readException(name: string, json: JsonObject): UpstreamRefusal {
  const bare = bareName(name);
  const type = bare.slice(0, 1).toUpperCase() + bare.slice(1);
  const { message, ...rest } = json;
  return {
    shape,
    status: statusOfType(type),
    message: stringOf(message) ?? stringOf(json.Message) ?? type,
    type,
    code: null,
    param: null,
    rest,
  };
}

function streamType(error: GatewayError): string {
  const type = errorType(error);
  if (inStream.has(type)) return type;
  const { status } = error;
  if (status === 408 || status === 424) return 'ModelStreamErrorException';
  if (status === 429) return 'ThrottlingException';
  return status < 500 ? 'ValidationException' : 'InternalServerException';
}

/** An error as the frame that ends a stream. */
export function exceptionOf(error: GatewayError): { readonly name: string; readonly payload: JsonObject } {
  const type = streamType(error);
  return { name: type.slice(0, 1).toLowerCase() + type.slice(1), payload: writeError(error) };
}
