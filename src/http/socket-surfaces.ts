/** The WebSocket surfaces: which path is served how. */
import { openaiChat } from '../dialects/openai-chat/index.ts';
import type { Pipeline, PipelineServices } from '../pipeline/index.ts';
import type { SocketOpener } from '../pipeline/websocket/client-socket.ts';
import { createRealtime, type RealtimeEndpoint } from '../pipeline/websocket/realtime.ts';
import { createResponseSockets } from '../pipeline/websocket/responses.ts';
import { endpoints } from './endpoints.ts';
import type { SocketOpeners } from './websocket.ts';

export const realtimeEndpoints: readonly RealtimeEndpoint[] = [
  '/v1/realtime',
  '/v1/realtime/translations',
].map((path) => ({
  path,
  surface: 'openai-realtime',
  family: openaiChat,
}));

/** The inference route that can be had over a WebSocket as well. */
export const responsesPath = '/v1/responses';

export function socketOpeners(services: PipelineServices, pipeline: Pipeline): SocketOpeners {
  const openers = new Map<string, SocketOpener>(
    realtimeEndpoints.map((endpoint) => [endpoint.path, createRealtime(services, endpoint)]),
  );
  const responses = endpoints.find(({ path }) => path === responsesPath);
  if (responses !== undefined)
    openers.set(responsesPath, createResponseSockets(services, pipeline, responses));
  return openers;
}
