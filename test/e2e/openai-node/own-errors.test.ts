/** The gateway's own refusals, as the openai npm package throws them: class, status, code, param, request id. */
import { expect, test } from 'bun:test';
import type OpenAI from 'openai';
import { APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { limits } from '../../support/stage.ts';
import { apiErrorBy, clientOf, type ErrorClass, hello, postRaw } from './client.ts';

interface Case {
  readonly title: string;
  readonly call: (client: OpenAI) => PromiseLike<unknown>;
  readonly error: ErrorClass;
  readonly status: number;
  readonly code: string;
  readonly param?: string;
}

const model = 'local/scripted-chat';
const chat = (body: object) => (client: OpenAI) => postRaw(client, '/chat/completions', JSON.stringify(body));
const raw = (path: string, body: string) => (client: OpenAI) => postRaw(client, path, body);
const typed = (title: string, body: object, param: string): Case => ({
  title,
  call: chat({ model, messages: hello, ...body }),
  error: BadRequestError,
  status: 400,
  code: 'invalid_type',
  param,
});
const absent = (path: string, body: object, param: string): Case => ({
  title: `${path} without ${param}`,
  call: raw(path, JSON.stringify(body)),
  error: BadRequestError,
  status: 400,
  code: 'missing_required_parameter',
  param,
});
const badJson = (title: string, path: string, body: string): Case => ({
  title: `bad JSON: ${title}`,
  call: raw(path, body),
  error: BadRequestError,
  status: 400,
  code: 'invalid_json',
});
const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

const cases: Case[] = [
  badJson('cut short', '/chat/completions', '{"model":"local/scripted-chat","mess'),
  badJson('a trailing comma', '/chat/completions', '{"model":"local/scripted-chat",}'),
  badJson('not an object', '/embeddings', 'hello'),
  badJson('two values', '/completions', '{} {}'),
  typed('messages is a string', { messages: 'hello' }, 'messages'),
  typed('model is a number', { model: 5 }, 'model'),
  typed('stream is a string', { stream: 'yes' }, 'stream'),
  typed('temperature is a string', { temperature: 'hot' }, 'temperature'),
  typed('stream_options is a list', { stream: true, stream_options: [] }, 'stream_options'),
  absent('/chat/completions', { messages: hello }, 'model'),
  absent('/chat/completions', { model }, 'messages'),
  absent('/completions', { prompt: 'Once' }, 'model'),
  absent('/embeddings', { input: 'one' }, 'model'),
  absent('/embeddings', { model }, 'input'),
  {
    title: 'unknown model',
    call: chat({ model: 'no-such-model', messages: hello }),
    error: NotFoundError,
    status: 404,
    code: 'model_not_found',
  },
  {
    title: 'unknown model, streamed',
    call: chat({ model: 'no-such-model', messages: hello, stream: true }),
    error: NotFoundError,
    status: 404,
    code: 'model_not_found',
  },
  {
    title: 'wrong key',
    call: (client) => client.withOptions({ apiKey: 'sk-wrong' }).models.list(),
    error: AuthenticationError,
    status: 401,
    code: 'invalid_api_key',
  },
  {
    title: 'body too large',
    call: chat({ model, messages: [{ role: 'user', content: 'x'.repeat(limits.maxBodyBytes) }] }),
    error: APIError,
    status: 413,
    code: 'request_too_large',
  },
  {
    title: 'body too deep',
    call: chat({ model, messages: hello, metadata: nested(limits.maxDepth + 1) }),
    error: BadRequestError,
    status: 400,
    code: 'request_too_deep',
  },
  {
    title: 'unreachable upstream',
    call: chat({ model: 'nobody/home', messages: hello }),
    error: InternalServerError,
    status: 502,
    code: 'upstream_unreachable',
  },
  {
    title: 'unreachable upstream, streamed',
    call: chat({ model: 'nobody/home', messages: hello, stream: true }),
    error: InternalServerError,
    status: 502,
    code: 'upstream_unreachable',
  },
];

eachMode('openai npm: the gateway’s own errors', {}, (stage) => {
  for (const { title, call, error: expected, status, code, param } of cases)
    test(title, async () => {
      const error = await apiErrorBy(call(clientOf(stage())));
      expect({ status: error.status, code: error.code }).toEqual({ status, code });
      expect(error).toBeInstanceOf(expected);
      if (param) expect(error.param).toBe(param);
      expect(error.type).toBe(status < 500 ? 'invalid_request_error' : 'api_error');
      expect(error.requestID).toBeTruthy();
      expect(error.error).toMatchObject({ message: expect.stringMatching(/\w/) });
    });

  test('none of them reached the upstream', () => {
    expect(stage().upstream.requests.filter((request) => !request.path.startsWith('/v1/models'))).toEqual([]);
  });
});

eachMode('openai npm: a provider without its credential', { env: { OPENAI_API_KEY: '' } }, (stage) => {
  test('is not found, and the message names the setting', async () => {
    const error = await apiErrorBy(chat({ model: 'gpt-4o-mini', messages: hello })(clientOf(stage())));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.code).toBe('provider_not_configured');
    expect(error.message).toContain('OPENAI_API_KEY');
  });
});
