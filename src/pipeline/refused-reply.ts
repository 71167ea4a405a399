/** What a call that failed before its reply began gets: the error, in the words of the API it spoke. */
import { toGatewayError } from '../core/errors.ts';
import type { CallContext } from './call-context.ts';
import { gatewayHeaders } from './response-headers.ts';

/** Ends the call. */
export function refusedReply(call: CallContext, thrown: unknown): Response {
  const error = call.stoppedBy ?? toGatewayError(thrown);
  call.status = error.status;
  const headers = gatewayHeaders(call, 'application/json');
  const told = { ...error.headers, ...call.voice.errorHeaders?.(error) };
  for (const [name, value] of Object.entries(told)) headers.set(name, value);
  const body = call.voice.writeError(error);
  call.end({}, error);
  return new Response(JSON.stringify(body), { status: error.status, headers });
}
