/** Every route without a socket: what answers, what is refused, and that nothing is left open by mistake. */
import { describe, expect, test } from 'bun:test';
import { credentialRoutes } from '../../src/http/admin/credential-routes.ts';
import { adminRoutes } from '../../src/http/admin/routes.ts';
import { patternRoutes } from '../../src/http/endpoints.ts';
import { forwardEndpoints, refusedPaths } from '../../src/http/surfaces.ts';
import { appWith } from './app.ts';

const { app, ask, asRoot } = appWith();
const inference = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/completions',
  '/v1/embeddings',
  ...['/v1/messages', '/messages', '/anthropic/v1/messages'].flatMap((path) => [
    path,
    `${path}/count_tokens`,
  ]),
];
/** Whose other methods are passed on to the provider's platform. */
const shared = ['/v1/chat/completions', '/v1/responses'];
const listings = ['/v1/models', '/v1beta/models'];
const open = [
  '/',
  '/health',
  '/health/ready',
  '/openapi.json',
  '/docs',
  '/docs/start.js',
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
];
const guarded = ['/v1/models', '/v1/models/fast', '/metrics'];

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  const body = (await response.json()) as { error: Record<string, unknown> };
  expect(Object.keys(body)).toEqual(['error']);
  expect(Object.keys(body.error).sort()).toEqual(['code', 'message', 'param', 'type']);
  return body.error;
}

test('every route is one that is known here, so none can be added untested', () => {
  const passedOn = forwardEndpoints.map((endpoint) => endpoint.path);
  const known = new Set([
    ...inference,
    ...open,
    ...passedOn,
    ...refusedPaths,
    ...[...adminRoutes, ...credentialRoutes].map(({ path }) => path),
    ...listings.flatMap((path) => [path, `${path}/*`]),
    ...patternRoutes.map(({ pattern }) => pattern),
    '/metrics',
  ]);
  expect([...new Set(app.routes.map((route) => route.path))].sort()).toEqual([...known].sort());
});

test.each(inference)('POST %s reaches the pipeline', async (path) => {
  expect(await (await ask('POST', path)).json()).toEqual({ reached: path });
  expect(await (await ask('POST', `${path}?key=x`)).json()).toEqual({ reached: path });
});

test.each(open)('GET %s is open', async (path) => {
  expect((await ask('GET', path)).status).toBe(200);
  expect((await ask('HEAD', path)).status).toBe(200);
});

test.each(guarded)('GET %s asks for a key', async (path) => {
  const error = await errorOf(await ask('GET', path));
  expect(error.code).toBe('invalid_api_key');
  expect((await ask('GET', path)).status).toBe(401);
  expect((await asRoot('GET', path)).status).toBe(200);
});

describe('HEAD', () => {
  test.each(guarded)('of %s asks for a key as GET does', async (path) => {
    expect((await ask('HEAD', path)).status).toBe(401);
    const response = await asRoot('HEAD', path);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('of /health/ready says what GET says', async () => {
    const draining = appWith({ isReady: () => false });
    expect((await draining.ask('GET', '/health/ready')).status).toBe(503);
    expect((await draining.ask('HEAD', '/health/ready')).status).toBe(503);
  });
});

test.each([
  ...inference
    .filter((path) => !shared.includes(path) && !path.includes('messages'))
    .flatMap((path) => ['GET', 'PUT', 'DELETE', 'PATCH'].map((method) => [method, path, 'POST'])),
  ...['PUT', 'PATCH'].flatMap((method) =>
    ['/v1/chat/completions', '/v1/responses', '/v1/files', '/v1/images/generations'].map((path) => [
      method,
      path,
      'GET, POST, DELETE',
    ]),
  ),
  ['PUT', '/v1/models/fast', 'GET, POST, DELETE'],
  ...['/v1/models', '/health', '/metrics', '/docs', '/openapi.json'].flatMap((path) =>
    ['POST', 'PUT', 'DELETE'].map((method) => [method, path, 'GET']),
  ),
] as [string, string, string][])('%s %s is not allowed', async (method, path, allowed) => {
  const response = await asRoot(method, path);
  expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
  expect((await errorOf(response)).code).toBe('method_not_allowed');
});

test.each(inference.filter((path) => path.includes('messages')))(
  '%s speaks of errors as Anthropic does',
  async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await asRoot(method, path);
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      expect(await response.json()).toMatchObject({
        type: 'error',
        error: { type: 'invalid_request_error' },
      });
      expect(response.headers.get('request-id')).toMatch(/^req_/);
    }
  },
);

test('Google’s and Amazon’s paths speak of errors as they do', async () => {
  const google = await asRoot('POST', '/v1beta/models/gemini-x:invent');
  expect([google.status, await google.json()]).toMatchObject([
    404,
    { error: { code: 404, status: 'NOT_FOUND' } },
  ]);
  const amazon = await asRoot('POST', '/model/x/invent');
  expect([amazon.status, amazon.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
});

test.each([
  '/nothing',
  '/v1',
  '/v1/',
  '/v1/chat',
  '/V1/models',
  '/health/ready/x',
  '/docs/../etc/passwd',
  '/docs/%2e%2e/package.json',
  '/__proto__',
  '/constructor',
  '/.env',
])('%s is unknown', async (path) => {
  for (const method of ['GET', 'POST']) {
    const response = await asRoot(method, path);
    expect(response.status).toBe(404);
    expect((await errorOf(response)).code).toBe('not_found');
  }
});

describe('the administration of a provider’s account', () => {
  const methods = ['GET', 'POST', 'DELETE'];
  test.each([
    '/v1/webhook_endpoints',
    '/v1/webhook_endpoints/we_1',
    '/v1/webhook_event_types',
    '/anthropic/v1/webhook_endpoints/we_1',
    '/v1/organization/users',
    '/v1/organizations/api_keys',
    '/v1/projects/p/users',
    '/anthropic/v1/organizations/api_keys',
    '/anthropic/v1/organizations/workspaces/w?beta=true',
    '/anthropic/v1/%6frganizations/users',
    '/anthropic/v1/Organizations/users',
    '/anthropic/v1//organizations/users',
    '/anthropic/v1/%2Forganizations%2Fusers',
  ])('%s is refused', async (path) => {
    for (const method of methods) {
      const response = await ask(method, path, {
        authorization: `Bearer sk-root-of-the-routes`,
        'anthropic-version': '2023-06-01',
      });
      const { message } = ((await response.json()) as { error: { message: string } }).error;
      expect([method, response.status, message]).toEqual([
        method,
        404,
        expect.stringContaining('administration'),
      ]);
    }
  });

  test.each([
    '/v1/files/..%2forganization%2fusers',
    '/anthropic/v1/x/..%2f..%2fv1%2forganizations',
    '/v1/files/%zz',
  ])('%s reaches nothing', async (path) => {
    for (const method of methods) {
      const response = await asRoot(method, path);
      expect([method, response.status, await response.text()]).toEqual([
        method,
        404,
        expect.stringContaining('Unknown request URL'),
      ]);
    }
  });
});

test('a model is deleted where it is, and each platform’s objects are reached by its own clients', async () => {
  const anthropic = { authorization: 'Bearer sk-root-of-the-routes', 'anthropic-version': '2023-06-01' };
  const platform = async (response: Response) => {
    const { surface, path } = (await response.json()) as Record<string, string>;
    return [surface, path];
  };
  expect(await platform(await asRoot('DELETE', '/v1/models/ft:gpt-x:me?a=1&key=k'))).toEqual([
    'openai-platform',
    '/models/ft:gpt-x:me?a=1',
  ]);
  for (const shared of ['agents', 'files', 'skills', 'vaults']) {
    expect(await platform(await asRoot('GET', `/v1/${shared}/x`))).toEqual([
      'openai-platform',
      `/${shared}/x`,
    ]);
    expect(await platform(await ask('GET', `/v1/${shared}/x`, anthropic))).toEqual([
      'anthropic-platform',
      `/${shared}/x`,
    ]);
  }
  for (const own of [
    'complete',
    'environments',
    'memory_stores',
    'sessions',
    'deployments',
    'dreams',
    'user_profiles',
  ])
    expect(await platform(await ask('POST', `/v1/${own}/x?beta=true`, anthropic))).toEqual([
      'anthropic-platform',
      `/${own}/x?beta=true`,
    ]);
  for (const own of ['live/sessions', 'decisions', 'safety/cases'])
    expect(await platform(await asRoot('POST', `/v1/${own}`))).toEqual(['openai-platform', `/${own}`]);
});

describe('models', () => {
  test('are listed in the shape of the API', async () => {
    const list = (await (await asRoot('GET', '/v1/models')).json()) as {
      object: string;
      data: { id: string }[];
    };
    expect(list.object).toBe('list');
    expect(list.data.map((entry) => entry.id)).toEqual([
      'fast',
      'demo/echo',
      'p/org/deep/model',
      'p/a b%2Fc',
    ]);
  });

  test.each([
    ['fast', 'fast'],
    ['demo/echo', 'demo/echo'],
    ['demo%2Fecho', 'demo/echo'],
    ['p/org/deep/model', 'p/org/deep/model'],
    ['p%2Forg%2Fdeep%2Fmodel', 'p/org/deep/model'],
  ])('%s is found', async (path, id) => {
    expect(await (await asRoot('GET', `/v1/models/${path}`)).json()).toMatchObject({ id, object: 'model' });
  });

  test.each(['none', 'demo', 'demo/', '%', '%zz', '..%2f', '__proto__', 'a/b/c'])(
    '%s is not',
    async (path) => {
      const response = await asRoot('GET', `/v1/models/${path}`);
      expect(response.status).toBe(404);
      expect(await errorOf(response)).toMatchObject({ code: 'model_not_found', param: 'model' });
    },
  );
});

test('a scraper on this machine needs no key, one elsewhere does', async () => {
  const here = await appWith({ isLocal: true }).ask('GET', '/metrics');
  expect(here.status).toBe(200);
  expect(here.headers.get('content-type')).toStartWith('text/plain');
  expect((await ask('GET', '/metrics')).status).toBe(401);
});

test('two different keys are refused on every guarded route', async () => {
  for (const path of guarded) {
    const response = await ask('GET', path, { 'x-api-key': 'sk-a', 'api-key': 'sk-b' });
    expect([response.status, (await errorOf(response)).code]).toEqual([400, 'duplicate_credentials']);
  }
});
