/** Errors outside the call pipeline, in the shape of the OpenAI API. */

import type { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { writeError } from '../dialects/openai/error.ts';

export function errorResponse(error: GatewayError, requestId = newRequestId()): Response {
  const headers = { ...error.headers, 'x-request-id': requestId };
  return Response.json(writeError(error), { status: error.status, headers });
}
