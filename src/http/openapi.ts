/** The OpenAPI description of what the gateway serves, made from the routes, the schemas and the error table. */
import { type TSchema, Type } from '@sinclair/typebox';
import { errorTable } from '../core/errors.ts';
import { version } from '../core/version.ts';
import type { ForwardEndpoint } from '../pipeline/forward.ts';
import { adminPaths, adminSchemas } from './admin/openapi.ts';
import { realtimeEndpoints, responsesPath } from './socket-surfaces.ts';
import { forwardEndpoints, modelDeletion } from './surfaces.ts';

const open = { additionalProperties: true };
const message = Type.Object(
  {
    role: Type.String({ examples: ['system', 'developer', 'user', 'assistant', 'tool'] }),
    content: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.Object({ type: Type.String() }, open)), Type.Null()]),
    ),
  },
  open,
);
const streaming = {
  stream: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  stream_options: Type.Optional(Type.Object({ include_usage: Type.Optional(Type.Boolean()) }, open)),
};
const model = Type.String({ minLength: 1, examples: ['gpt-4o-mini', 'local/smollm2', 'demo/echo'] });

const requests: Readonly<Record<string, TSchema>> = {
  ChatCompletionRequest: Type.Object(
    {
      model,
      messages: Type.Array(message),
      ...streaming,
      n: Type.Optional(Type.Number()),
      max_tokens: Type.Optional(Type.Number()),
      max_completion_tokens: Type.Optional(Type.Number()),
      temperature: Type.Optional(Type.Number()),
      top_p: Type.Optional(Type.Number()),
      tools: Type.Optional(Type.Array(Type.Object({}, open))),
    },
    open,
  ),
  ResponsesRequest: Type.Object({ model, input: Type.Optional(Type.Unknown()), ...streaming }, open),
  MessagesRequest: Type.Object(
    { model, messages: Type.Array(message), max_tokens: Type.Optional(Type.Number()), ...streaming },
    open,
  ),
  ModelRequest: Type.Object({}, open),
  CompletionRequest: Type.Object({ model, prompt: Type.Optional(Type.Unknown()), ...streaming }, open),
  EmbeddingRequest: Type.Object(
    { model, input: Type.Union([Type.String(), Type.Array(Type.Unknown())]) },
    open,
  ),
};

const errorSchema = Type.Object({
  error: Type.Object(
    {
      message: Type.String(),
      type: Type.String(),
      param: Type.Union([Type.String(), Type.Null()]),
      code: Type.Union([Type.String(), Type.Number(), Type.Null()], { examples: Object.keys(errorTable) }),
    },
    open,
  ),
});

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

const errorReply = {
  description: 'An error.',
  content: { 'application/json': { schema: reference('Error') } },
};

function inference(summary: string, request: string, streams: boolean) {
  const json = { 'application/json': { schema: { type: 'object' } } };
  const content = streams ? { ...json, 'text/event-stream': { schema: { type: 'string' } } } : json;
  return {
    post: {
      tags: ['Inference'],
      summary,
      description:
        'The request and the reply are those of the API’s own; fields not listed here are carried untouched.',
      requestBody: { required: true, content: { 'application/json': { schema: reference(request) } } },
      responses: {
        200: { description: 'The reply, whole or as server-sent events.', content },
        default: errorReply,
      },
    },
  };
}

function operation(tag: string, summary: string, type: string, secured: boolean, parameters: object[] = []) {
  return {
    get: {
      tags: [tag],
      summary,
      ...(parameters.length > 0 && { parameters }),
      ...(!secured && { security: [] }),
      responses: { 200: { description: 'Done.', content: { [type]: {} } }, default: errorReply },
    },
  };
}

const modelId = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'It may hold slashes.',
};

/** What such a path takes is the provider's to say. An inference route has only the methods that are not inference. */
function passedOn({ path, surface }: ForwardEndpoint) {
  const operation = {
    tags: ['Passed on'],
    summary: `Passed on to a provider that offers ${surface}`,
    ...(path.endsWith('*') && { parameters: [modelId] }),
    responses: { 200: { description: 'The provider’s own reply.' }, default: errorReply },
  };
  return { get: operation, delete: operation, ...(!(path in inferencePaths) && { post: operation }) };
}

const anthropicPaths = ['/v1/messages', '/messages', '/anthropic/v1/messages'].flatMap((path) => [
  [path, inference('Anthropic Messages', 'MessagesRequest', true)] as const,
  [`${path}/count_tokens`, inference('Anthropic token count', 'MessagesRequest', false)] as const,
]);

const inferencePaths: Readonly<Record<string, ReturnType<typeof inference>>> = {
  '/v1/responses': inference('OpenAI Responses', 'ResponsesRequest', true),
  ...Object.fromEntries(anthropicPaths),
  '/v1/chat/completions': inference('Chat', 'ChatCompletionRequest', true),
  '/v1/completions': inference('Legacy text completion', 'CompletionRequest', true),
  '/v1/embeddings': inference('Embeddings', 'EmbeddingRequest', false),
};

/** Models, listed and called by name: Google's verbs stand behind the model, Bedrock's after a slash. */
function listings(): object {
  const named = (summary: string) => {
    const { post } = inference(summary, 'ModelRequest', true);
    return { post: { ...post, parameters: [modelId] } };
  };
  const json = 'application/json';
  const oneModel = {
    ...operation('Inference', 'One model', json, true, [modelId]),
    ...named('Gemini: `{model}:{verb}`'),
  };
  return {
    ...Object.fromEntries(
      ['/v1/models', '/v1beta/models'].flatMap((path) => [
        [path, operation('Inference', 'The models the key may use', json, true)],
        [`${path}/{id}`, oneModel],
      ]),
    ),
    [modelDeletion.path.replace('*', '{id}')]: {
      ...oneModel,
      delete: passedOn(modelDeletion).delete,
    },
    '/v1beta/{id}': named('Gemini: `{model}:{verb}`'),
    '/model/{id}': named('Bedrock: `{model}/converse` and `{model}/converse-stream`'),
  };
}

/** OpenAPI has no word for a WebSocket but the status that begins one. */
function overSocket(path: string): object {
  const isSession = path === responsesPath;
  const model = { name: 'model', in: 'query', required: false, schema: { type: 'string' } };
  return {
    tags: ['Inference'],
    summary: `${isSession ? 'OpenAI Responses' : 'OpenAI Realtime'} over a WebSocket`,
    description: isSession
      ? 'Each message is a `response.create`, each event of its response one message. Without an upgrade, passed on.'
      : 'A session with a provider that offers openai-realtime. Without an upgrade, passed on.',
    ...(!isSession && { parameters: [model] }),
    responses: {
      101: { description: 'The WebSocket is open.' },
      200: { description: 'The provider’s own reply to a plain request.' },
      default: errorReply,
    },
  };
}

function inferenceAndPassedOn(): object {
  const paths: Record<string, object> = { ...inferencePaths };
  for (const endpoint of forwardEndpoints) {
    const path = endpoint.path.replace('*', '{id}');
    paths[path] = { ...paths[path], ...passedOn(endpoint) };
  }
  // Others are below a path that is described with an `{id}`.
  for (const path of [...realtimeEndpoints.map((endpoint) => endpoint.path), responsesPath])
    if (path in paths) paths[path] = { ...paths[path], get: overSocket(path) };
  return paths;
}

export function openApiDocument(): object {
  const json = 'application/json';
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenGateway',
      version,
      description: 'One executable in front of any LLM, over the OpenAI API.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      ...inferenceAndPassedOn(),
      ...listings(),
      ...adminPaths(errorReply),
      '/health': operation('Operations', 'Whether the process lives', json, false),
      '/health/ready': operation('Operations', 'Whether it takes calls', json, false),
      '/metrics': operation('Operations', 'Metrics for Prometheus', 'text/plain', true),
      '/openapi.json': operation('Operations', 'This document', json, false),
      '/docs': operation('Operations', 'This document, to read', 'text/html', false),
    },
    components: {
      schemas: { ...requests, ...adminSchemas, Error: errorSchema },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}
