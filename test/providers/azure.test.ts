/** Azure: both forms of its address, both kinds of its credential, the second against a real token endpoint. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Secret } from '../../src/core/secret.ts';
import { azure } from '../../src/providers/azure.ts';
import type { Connection, Route } from '../../src/providers/provider.ts';
import { noTransport as transport } from '../support/fetch-through.ts';
import { readTraffic, trafficIsPresent } from '../support/traffic.ts';

const endpoint = 'https://r.openai.azure.com';

function connected(environment: Record<string, string>, baseUrl: string | undefined = endpoint, key = 'k') {
  const secret = key === '' ? undefined : new Secret(key);
  const connection = azure.connect?.({ environment, baseUrl, key: secret, transport });
  if (connection === undefined) throw new Error('it does not connect');
  return connection;
}

function addressOf({ url, baseUrl }: Connection, path: string, route: Partial<Route> = {}): string {
  const whole = { model: 'my deployment', dialect: 'openai-chat', stream: false, ...route } as const;
  return url?.({ ...whole, path }) ?? `${baseUrl}${path}`;
}

test.each([
  [undefined, '/chat/completions', 'openai-chat', '/openai/v1/chat/completions'],
  ['v1', '/responses', 'openai-responses', '/openai/v1/responses'],
  ['preview', '/responses', 'openai-responses', '/openai/v1/responses?api-version=preview'],
  [
    '2024-10-21',
    '/chat/completions',
    'openai-chat',
    '/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21',
  ],
  [
    '2024-10-21',
    '/embeddings',
    'openai-embeddings',
    '/openai/deployments/my%20deployment/embeddings?api-version=2024-10-21',
  ],
  [
    '2025-04-01-preview',
    '/responses',
    'openai-responses',
    '/openai/responses?api-version=2025-04-01-preview',
  ],
] as const)('version %p: %s of %s is at %s', (version, path, dialect, expected) => {
  const environment: Record<string, string> =
    version === undefined ? {} : { AZURE_OPENAI_API_VERSION: version };
  for (const given of [endpoint, `${endpoint}/openai`, `${endpoint}/openai/v1`])
    expect(addressOf(connected(environment, given), path, { dialect })).toBe(endpoint + expected);
});

test.skipIf(!trafficIsPresent('openai-chat'))('recorded calls went where ours would', () => {
  const recorded = readTraffic('openai-chat').map(({ request }) => new URL(request.url));
  const calls = recorded.filter(({ host }) => host.endsWith('.openai.azure.com'));
  for (const { origin, pathname, searchParams } of calls) {
    const version =
      searchParams.get('api-version') ?? (pathname.startsWith('/openai/v1/') ? 'v1' : '2024-10-21');
    const model = /deployments\/([^/]+)/.exec(pathname)?.[1] ?? 'm';
    const connection = connected({ AZURE_OPENAI_API_VERSION: version }, origin);
    expect(new URL(addressOf(connection, '/chat/completions', { model })).pathname).toBe(pathname);
  }
  expect(calls.length).toBeGreaterThan(50);
});

test('a key goes in its own header, and only v1 lists models', () => {
  expect(connected({}).headers).toEqual({ 'api-key': 'k' });
  expect(connected({}).authorize).toBeUndefined();
  expect(connected({}).listsModels).toBeUndefined();
  expect(connected({ AZURE_OPENAI_API_VERSION: '2024-10-21' }).listsModels).toBe(false);
});

test('an old version knows neither of two newer fields', () => {
  expect(connected({ AZURE_OPENAI_API_VERSION: '2024-06-01' }).quirks).toEqual({
    streamUsage: false,
    maxTokensField: 'max_tokens',
  });
  expect(connected({ AZURE_OPENAI_API_VERSION: '2024-09-01-preview' }).quirks).toBeUndefined();
});

test.each([
  [{}, undefined, 'k', /AZURE_OPENAI_ENDPOINT/],
  [{}, endpoint, '', /AZURE_OPENAI_API_KEY, or AZURE_TENANT_ID/],
  [{ AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' }, endpoint, '', /AZURE_CLIENT_SECRET/],
  [{ AZURE_OPENAI_API_VERSION: 'latest-ish' }, endpoint, 'k', /'latest-ish'/],
  [
    { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's', AZURE_AUTHORITY_HOST: 'ftp://x' },
    endpoint,
    '',
    /AZURE_AUTHORITY_HOST: the scheme 'ftp'/,
  ],
] as [Record<string, string>, string | undefined, string, RegExp][])(
  '%j says what is missing',
  (environment, baseUrl, key, said) => {
    expect(() =>
      azure.connect?.({ environment, baseUrl, key: key === '' ? undefined : new Secret(key), transport }),
    ).toThrow(said);
  },
);

describe('with Entra', () => {
  const asked: { readonly path: string; readonly form: URLSearchParams }[] = [];
  let answer: () => Response | Promise<Response>;
  let server: ReturnType<typeof Bun.serve>;

  beforeAll(() => {
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        asked.push({ path: new URL(request.url).pathname, form: new URLSearchParams(await request.text()) });
        return await answer();
      },
    });
  });
  afterAll(() => server.stop(true));

  const connection = () =>
    connected(
      {
        AZURE_TENANT_ID: 'tenant-1',
        AZURE_CLIENT_ID: 'client-1',
        AZURE_CLIENT_SECRET: 'secret of the client',
        AZURE_AUTHORITY_HOST: `http://127.0.0.1:${server.port}/`,
      },
      endpoint,
      '',
    );
  const request = { url: endpoint, headers: { accept: 'x' }, body: '{}' };

  test('a token is asked for once and sent as Bearer', async () => {
    answer = () => Response.json({ token_type: 'Bearer', expires_in: 3599, access_token: 'entra-token-1' });
    asked.length = 0;
    const { authorize, secrets, headers } = connection();
    const [one, two] = await Promise.all([authorize?.(request), authorize?.(request)]);
    expect(one).toEqual({ accept: 'x', authorization: 'Bearer entra-token-1' });
    expect(two).toEqual(one);
    expect(headers).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.path).toBe('/tenant-1/oauth2/v2.0/token');
    expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client-1',
      client_secret: 'secret of the client',
      scope: 'https://cognitiveservices.azure.com/.default',
    });
    expect(secrets?.map((secret) => secret.reveal())).toEqual(['secret of the client', 'entra-token-1']);
  });

  test.each<[string, () => Response]>([
    ['a refusal', () => Response.json({ error: 'invalid_client', error_description: 'no' }, { status: 401 })],
    ['no JSON', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['no token', () => Response.json({ token_type: 'Bearer' })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
  ])('%s is an error, and the next call asks again', async (_what, reply) => {
    answer = reply;
    const { authorize } = connection();
    const thrown: unknown = await authorize?.(request).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(String(thrown)).not.toContain('secret of the client');
    answer = () => Response.json({ token_type: 'Bearer', expires_in: 3599, access_token: 'late' });
    expect(await authorize?.(request)).toMatchObject({ authorization: 'Bearer late' });
  });
});
