/** The upstream's refusals and broken replies, as the openai npm package throws them through the gateway. */
import { expect, test } from 'bun:test';
import {
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { refusals } from '../../support/scripted-faults.ts';
import { upstreamKey } from '../../support/stage.ts';
import { apiErrorBy, clientOf, collect, type ErrorClass, hello } from './client.ts';

const passedOn: Record<string, ErrorClass> = {
  '400': BadRequestError,
  '403': PermissionDeniedError,
  '404': NotFoundError,
  '409': ConflictError,
  '422': UnprocessableEntityError,
  '429': RateLimitError,
  '500': InternalServerError,
  '503': InternalServerError,
};
const broken = [
  { model: 'local/scripted-malformed', code: 'upstream_malformed' },
  { model: 'local/scripted-malformed-html', code: 'upstream_malformed' },
  { model: 'local/scripted-midstream-truncated', code: 'upstream_malformed' },
  { model: 'local/scripted-midstream-reset', code: 'upstream_incomplete' },
];

eachMode('openai npm: upstream errors', {}, (stage) => {
  const errorOf = (model: string, stream = false) =>
    apiErrorBy(clientOf(stage()).chat.completions.create({ model, messages: hello, stream }));

  for (const [status, expected] of Object.entries(passedOn))
    for (const stream of [false, true])
      test(`${status}${stream ? ', streamed' : ''}: passed on in the upstream’s own words, asked once`, async () => {
        const model = `scripted-${status}`;
        const before = stage().upstream.received(model).length;
        const error = await errorOf(`local/${model}`, stream);
        expect(error).toBeInstanceOf(expected);
        expect(error.status).toBe(Number(status));
        const { headers: _, ...words } = refusals[status] ?? {};
        expect(error.error).toEqual(words);
        expect(error.requestID).toBeTruthy();
        expect(stage().upstream.received(model).length).toBe(before + 1);
      });

  test('429: retry-after and the rate limits are passed on', async () => {
    const error = await errorOf('local/scripted-429');
    expect(error.headers?.get('retry-after')).toBe('7');
    expect(error.headers?.get('x-ratelimit-limit-requests')).toBe('60');
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  for (const model of ['gpt-scripted-401', 'local/scripted-401'])
    test(`${model}: the gateway’s credential was refused, not the caller’s`, async () => {
      const error = await errorOf(model);
      expect(error).toBeInstanceOf(InternalServerError);
      expect({ status: error.status, code: error.code }).toEqual({
        status: 502,
        code: 'upstream_auth_failed',
      });
    });

  const careless = [
    { fault: '400-echo', stream: false, status: 400, code: 'echo' },
    { fault: '200-error', stream: false, status: 502, code: 'engine_down' },
    { fault: 'midstream-echo', stream: true, status: undefined, code: 'engine_down' },
  ];
  for (const { fault, stream, status, code } of careless)
    test(`${fault}: a provider that repeats its credential tells the client the rest`, async () => {
      const request = { model: `gpt-scripted-${fault}`, messages: hello };
      const { completions } = clientOf(stage()).chat;
      const error = await apiErrorBy(
        stream
          ? completions.create({ ...request, stream: true }).then(collect)
          : completions.create({ ...request }),
      );
      expect({ status: error.status, code: error.code }).toEqual({ status, code });
      expect(JSON.stringify(error.error)).not.toContain(upstreamKey);
    });

  test('an error page instead of JSON keeps its status and becomes an error object', async () => {
    const error = await errorOf('local/scripted-502-html');
    expect(error.status).toBe(502);
    expect(error.type).toBe('api_error');
    expect(JSON.stringify(error.error)).not.toContain('<h1>');
  });

  for (const { model, code } of broken)
    test(`${model}: a broken reply is a bad gateway`, async () => {
      const error = await errorOf(model);
      expect(error).toBeInstanceOf(InternalServerError);
      expect({ status: error.status, code: error.code }).toEqual({ status: 502, code });
      expect(error.type).toBe('api_error');
    });

  test('a page instead of an event stream is a bad gateway, not an empty stream', async () => {
    const error = await errorOf('local/scripted-malformed-html', true);
    expect({ status: error.status, code: error.code }).toEqual({ status: 502, code: 'upstream_malformed' });
  });

  test('the SDK’s own retry reaches the upstream as a call of its own', async () => {
    const client = clientOf(stage(), { maxRetries: 1 });
    const error = await apiErrorBy(
      client.chat.completions.create({ model: 'local/scripted-500', messages: hello, user: 'retried' }),
    );
    expect(error.status).toBe(500);
    const calls = stage().upstream.received('scripted-500');
    expect(calls.filter((call) => call.body.includes('retried')).length).toBe(2);
  });
});
