/** Errors outside the call pipeline, in the words of the API the client speaks. */
import type { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { voiceFor } from './voices.ts';

export function errorResponse(request: Request, error: GatewayError, requestId = newRequestId()): Response {
  const voice = voiceFor(request);
  const headers = { ...error.headers, ...voice.errorHeaders?.(error), 'x-request-id': requestId };
  return Response.json(voice.writeError(error), {
    status: error.status,
    headers:
      voice.requestIdHeader === undefined ? headers : { ...headers, [voice.requestIdHeader]: requestId },
  });
}
