/** What a call that failed before its reply began gets: the error, in the words of the API it spoke. */
import { type GatewayError, toGatewayError } from '../core/errors.ts';
import type { CallContext } from './call-context.ts';
import { markRates } from './rate-headers.ts';
import { gatewayHeaders } from './response-headers.ts';

/** Ends the call. A promise where the record of it has to be durable first. */
export function refusedReply(call: CallContext, thrown: unknown): Response | Promise<Response> {
  const error = call.stoppedBy ?? toGatewayError(thrown);
  const response = errorReply(call, error);
  const kept = call.end({}, error);
  if (kept === undefined) return response;
  return kept.then(
    () => response,
    (failure: unknown) => errorReply(call, toGatewayError(failure)),
  );
}

function errorReply(call: CallContext, error: GatewayError): Response {
  call.status = error.status;
  const headers = gatewayHeaders(call, 'application/json');
  const told = { ...error.headers, ...call.voice.errorHeaders?.(error) };
  for (const [name, value] of Object.entries(told)) headers.set(name, value);
  markRates(headers, call, error.limit);
  return new Response(JSON.stringify(call.voice.writeError(error)), { status: error.status, headers });
}
