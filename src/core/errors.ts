/**
 * The one table of errors: for each code its status, its type in the dialect spoken, whether trying again can help, how
 * loudly it is logged, and what to do about it. `docs/errors.md` is generated from it.
 */
import type { ConversationDialect } from './dialect-name.ts';

export interface ErrorKind {
  readonly status: number;
  /** `error.type` as OpenAI's SDKs know it. */
  readonly openaiType: string;
  readonly retryable: boolean;
  readonly logLevel: 'info' | 'warn' | 'error';
  readonly help: string;
}

const invalid = { openaiType: 'invalid_request_error', retryable: false, logLevel: 'info' } as const;
const denied = {
  openaiType: 'permission_error',
  retryable: false,
  logLevel: 'info',
  status: 403,
} as const;
const upstream = { openaiType: 'api_error', retryable: true, logLevel: 'warn' } as const;

export const errorTable = {
  invalid_json: {
    ...invalid,
    status: 400,
    help: 'The body is not valid JSON in UTF-8. The message says where reading stopped.',
  },
  invalid_form: {
    ...invalid,
    status: 400,
    help: 'The body is announced as a multipart form and is none.',
  },
  invalid_type: {
    ...invalid,
    status: 400,
    help: 'A field has a type the API does not take. `param` names the field.',
  },
  missing_required_parameter: {
    ...invalid,
    status: 400,
    help: 'A required field is absent. `param` names it.',
  },
  duplicate_key: {
    ...invalid,
    status: 400,
    help: 'The body names a top-level field twice, so readers could disagree on its value. Send it once.',
  },
  request_too_deep: { ...invalid, status: 400, help: 'The body nests deeper than `limits.maxDepth`.' },
  request_too_large: { ...invalid, status: 413, help: 'The body is larger than `limits.maxBodyBytes`.' },
  unsupported_value: {
    ...invalid,
    status: 400,
    help: 'The model’s provider speaks another API, which has no word for this field, and leaving it out would change the meaning. `param` names it.',
  },
  invalid_host: { ...invalid, status: 400, help: 'The Host header is missing, repeated or malformed.' },
  duplicate_credentials: {
    ...invalid,
    status: 400,
    help: 'The request carries two different credentials, or one header twice. Send one.',
  },
  invalid_api_key: {
    ...invalid,
    status: 401,
    help: 'The key is missing or unknown. Send `Authorization: Bearer <key>`.',
  },
  root_key_local_only: {
    ...invalid,
    status: 401,
    logLevel: 'warn',
    help: 'The root key is still the published default, which opens only to clients on this machine. Set `ROOT_KEY`.',
  },
  key_expired: { ...invalid, status: 401, help: 'The key is past its `expires_at`, or was rotated away.' },
  key_disabled: {
    ...invalid,
    status: 401,
    help: 'The key, or the user, team or organization it belongs to, is disabled.',
  },
  address_not_allowed: {
    ...denied,
    help: 'The key, its user, team or organization may not be used from this address: see `allowed_ips` and `TRUSTED_PROXIES`.',
  },
  endpoint_not_allowed: {
    ...denied,
    help: 'The key, its user, team or organization may not use this path: see `endpoints`.',
  },
  model_not_allowed: {
    ...denied,
    help: 'The key may use certain models only, and this request does not say which it means. Name the path in `endpoints` beside `models` to allow it.',
  },
  permission_denied: {
    ...denied,
    help: 'The role of the key does not allow this, or the key would grant more than it has.',
  },
  model_not_found: {
    ...invalid,
    status: 404,
    help: 'No provider or alias answers to this model name, or the key may not use it. `GET /v1/models` lists what it may.',
  },
  provider_not_configured: {
    ...invalid,
    status: 404,
    logLevel: 'warn',
    help: 'The model belongs to a known provider that has no credential here. The message names the setting.',
  },
  price_unknown: {
    ...invalid,
    status: 403,
    help: 'Nobody knows what the call costs, and `prices.unknown` is `refuse`, or a budget holds for it: give its model a price in `prices.models`, or set `budgets.unknownPrice`.',
  },
  rate_limit_exceeded: {
    openaiType: 'rate_limit_error',
    retryable: true,
    logLevel: 'info',
    status: 429,
    help: 'A limit of requests a minute (`rpm`), tokens a minute (`tpm`) or calls at once (`parallel`) is reached; the message says which and whose. Wait as `retry-after` says. A call that asks for more than the limit could ever grant has no `retry-after`, but `x-should-retry: false`.',
  },
  budget_exceeded: {
    openaiType: 'insufficient_quota',
    retryable: false,
    logLevel: 'info',
    status: 429,
    help: 'A budget is used up, or what is left of it is less than the call may cost; the message says whose and until when. `x-should-retry: false` keeps SDKs from trying again.',
  },
  operation_not_supported: {
    ...invalid,
    status: 404,
    help: 'The model’s provider, or any configured here, does not offer this endpoint.',
  },
  not_found: { ...invalid, status: 404, help: 'There is no such path. `GET /openapi.json` lists the paths.' },
  object_not_found: {
    ...invalid,
    status: 404,
    help: 'No object of this id was made by your team through this gateway: `objects.unknown` says what becomes of those made elsewhere. `param` names the field, if it is not the path.',
  },
  invalid_value: { ...invalid, status: 400, help: 'A field has a value it cannot have. `param` names it.' },
  unknown_parameter: { ...invalid, status: 400, help: 'A field does not exist here. `param` names it.' },
  conflict: {
    ...invalid,
    status: 409,
    help: 'The object changed meanwhile, or others still belong to it. Read it again.',
  },
  precondition_failed: {
    ...invalid,
    status: 412,
    help: 'The object is no longer the one `If-Match` names. Read it again.',
  },
  idempotency_key_reused: {
    ...invalid,
    status: 422,
    help: 'The `Idempotency-Key` was used before with another request. Use a new one.',
  },
  storage_unavailable: {
    openaiType: 'server_error',
    retryable: true,
    logLevel: 'error',
    status: 503,
    help: 'What the gateway keeps cannot be read or written: the message says why. The root key works all the same.',
  },
  method_not_allowed: { ...invalid, status: 405, help: 'The path exists, but not for this method.' },
  invalid_handshake: {
    ...invalid,
    status: 400,
    help: 'The request asks for a WebSocket and is none as RFC 6455 has it: its key is missing or malformed.',
  },
  websocket_not_offered: {
    ...invalid,
    status: 426,
    help: 'The path exists, but not over a WebSocket. Send the same as a plain HTTP request.',
  },
  response_in_progress: {
    ...invalid,
    status: 409,
    help: 'One response at a time on a WebSocket: wait for the last event of the one under way, or open another connection.',
  },
  upstream_rejected: {
    ...upstream,
    status: 400,
    retryable: false,
    logLevel: 'info',
    help: 'The provider refused the request. Status, message, type and code are the provider’s own.',
  },
  upstream_auth_failed: {
    ...upstream,
    status: 502,
    retryable: false,
    logLevel: 'error',
    help: 'The provider refused the gateway’s credential (not the caller’s key). Check the provider’s key variable.',
  },
  upstream_unreachable: {
    ...upstream,
    status: 502,
    help: 'No connection to the provider: refused, reset, unknown host or failed TLS.',
  },
  upstream_timeout: {
    ...upstream,
    status: 504,
    help: 'The provider did not connect, answer or continue within `timeouts.connectMs`, `firstByteMs` or `idleMs`.',
  },
  upstream_malformed: {
    ...upstream,
    status: 502,
    help: 'The provider’s reply is not what its API promises: not JSON, not UTF-8, not an event stream.',
  },
  upstream_incomplete: {
    ...upstream,
    status: 502,
    help: 'The provider’s connection ended before its reply did.',
  },
  upstream_too_large: {
    ...upstream,
    status: 502,
    retryable: false,
    help: 'The provider’s reply exceeds `limits.maxReplyBytes` or one event `limits.maxEventBytes`.',
  },
  upstream_redirect: {
    ...upstream,
    status: 502,
    retryable: false,
    help: 'The provider answered with a redirect. Redirects are never followed or passed on: correct the base URL.',
  },
  client_closed_request: {
    ...invalid,
    status: 499,
    help: 'The client hung up before the reply was complete. Seen in logs and metrics only.',
  },
  internal_error: {
    openaiType: 'server_error',
    retryable: true,
    logLevel: 'error',
    status: 500,
    help: 'A fault in the gateway. The log line with the same request id says more.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

/** Dialects that share one shape are one here; `none`: the upstream said nothing that could be read. */
export type ErrorShape = Exclude<ConversationDialect, 'openai-responses'> | 'none';

/** The upstream's own words on a refusal, passed on where they are safe to. */
export interface UpstreamRefusal {
  /** Whose shape of errors its words are in: another dialect's client gets the type its own API has for the status. */
  readonly shape: ErrorShape;
  readonly status: number;
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
  readonly param: string | null;
  /** Further fields of the upstream's error object, carried untouched. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** It is the gateway's own credential that was refused: a matter of its operator's, and no words for a client. */
  readonly isAboutCredential?: boolean;
}

/** The limit or budget that refused a call. */
export interface RefusingLimit {
  /** Whose it is: `key`, `team`, … */
  readonly scope: string;
  readonly name: 'rpm' | 'tpm' | 'parallel' | 'budget';
  /** How far a rate is used up. */
  readonly rate?: { readonly limit: number; readonly remaining: number; readonly resetMs: number };
}

export interface GatewayErrorOptions {
  readonly limit?: RefusingLimit | undefined;
  /** The request field at fault. */
  readonly param?: string | undefined;
  readonly refusal?: UpstreamRefusal | undefined;
  /** For the log alone, never for the client. */
  readonly cause?: unknown;
  /** Response headers that go with the error, lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Thrown anywhere inside, converted once at the edge. The message is meant for the client: no secret, no stack. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly refusal: UpstreamRefusal | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly limit: RefusingLimit | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.param = options.param ?? null;
    this.refusal = options.refusal;
    this.headers = options.headers ?? {};
    this.limit = options.limit;
  }

  get kind(): ErrorKind {
    return errorTable[this.code];
  }

  /** The HTTP status the client sees: the upstream's own where its refusal is passed on. */
  get status(): number {
    return this.refusal?.status ?? this.kind.status;
  }
}

/** Any thrown value as an error of the table; what was not foreseen becomes `internal_error`, its details kept private. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('internal_error', 'The gateway met an internal error.', { cause: thrown });
}
