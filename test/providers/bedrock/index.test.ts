/** Bedrock as a provider: when it is enabled, where it is, and that what is signed is what is sent. */

import { describe, expect, test } from 'bun:test';
import { createHash, createHmac } from 'node:crypto';
import { Losses } from '../../../src/core/losses.ts';
import { Secret } from '../../../src/core/secret.ts';
import { bedrock } from '../../../src/providers/bedrock/index.ts';
import type { Connection } from '../../../src/providers/provider.ts';
import { matchesModel } from '../../../src/routing/model-pattern.ts';
import { HttpClient } from '../../../src/upstream/http1/client.ts';
import { fetchThrough } from '../../support/fetch-through.ts';
import { startTcpUpstream, type TcpRequest } from '../../support/tcp-upstream.ts';

const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 's3cr3t', AWS_SESSION_TOKEN: 'token/+=' };

function connect(environment: Record<string, string>, baseUrl?: string, key?: string): Connection {
  const secret = key === undefined ? undefined : new Secret(key);
  const connection = bedrock.connect?.({
    environment,
    baseUrl,
    key: secret,
    transport: new HttpClient({ environment: {} }),
  });
  if (connection === undefined) throw new Error('it cannot be connected');
  return connection;
}

describe('models', () => {
  const takes = (model: string) => bedrock.models.some((pattern) => matchesModel(pattern, model));

  test.each([
    'anthropic.claude-3-haiku-20240307-v1:0',
    'amazon.nova-lite-v1:0',
    'meta.llama3-2-1b-instruct-v1:0',
    'mistral.mistral-7b-instruct-v0:2',
    'us.anthropic.claude-sonnet-4-6',
    'eu.amazon.nova-pro-v1:0',
    'global.anthropic.claude-opus-4-6-v1',
    'openai.gpt-oss-120b-1:0',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f',
  ])('%s is its own', (model) => expect(takes(model)).toBe(true));

  test.each([
    'claude-sonnet-4-6',
    'anthropic/claude-sonnet-4-6',
    'gpt-oss-120b',
    'mistral-large-latest',
    'deepseek-chat',
    'deepseek-ai/DeepSeek-R1',
    'meta-llama/Llama-3-8b',
    'openai.gpt-4o',
    'google.gemini-2.5-pro',
    'gemini-2.5-pro',
    'qwen2.5-72b',
    'arn:aws:sagemaker:us-east-1:012345678901:endpoint/x',
    'command-r',
    'europa',
    'user-model',
  ])('%s is another’s', (model) => expect(takes(model)).toBe(false));
});

describe('is enabled', () => {
  test.each([
    [{ AWS_REGION: 'eu-west-1', ...keys }, true],
    [{ AWS_DEFAULT_REGION: 'eu-west-1', AWS_PROFILE: 'p' }, true],
    [keys, false],
    [{ AWS_REGION: 'eu-west-1' }, false],
    [{}, false],
  ])('%j: %p', (environment, enabled) => {
    expect(bedrock.isEnabled?.(environment)).toBe(enabled);
  });
});

describe('is found', () => {
  test.each([
    [{ AWS_REGION: 'eu-west-1' }, undefined, 'https://bedrock-runtime.eu-west-1.amazonaws.com'],
    [{ AWS_DEFAULT_REGION: 'cn-north-1' }, undefined, 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
    [{ AWS_REGION: 'eu-west-1' }, 'http://127.0.0.1:9', 'http://127.0.0.1:9'],
    [
      {},
      'https://bedrock-runtime.us-west-2.amazonaws.com',
      'https://bedrock-runtime.us-west-2.amazonaws.com',
    ],
    [{}, 'http://127.0.0.1:9', 'http://127.0.0.1:9'],
  ])('%j %p', (environment, address, url) => {
    expect(connect(environment, address, 'k').baseUrl).toBe(url);
  });

  test('a region that nobody names is asked for', () => {
    expect(() => connect({}, undefined, 'k')).toThrow('AWS_REGION');
    expect(() => connect(keys, 'http://127.0.0.1:9')).toThrow('AWS_REGION');
  });
});

test('a bearer key goes as such and nothing is signed', () => {
  const { headers, authorize } = connect({ AWS_REGION: 'us-east-1', ...keys }, undefined, 'ABSK');
  expect([headers, authorize]).toEqual([{ authorization: 'Bearer ABSK' }, undefined]);
});

test('Claude is reached in Anthropic’s own words too, others in Converse alone', () => {
  const { dialectsOf, url, adapt } = connect({ AWS_REGION: 'r' }, 'http://h', 'k');
  expect([...(dialectsOf?.('us.anthropic.claude-x') ?? [])]).toEqual([
    'bedrock-converse',
    'anthropic-messages',
  ]);
  expect([...(dialectsOf?.('amazon.nova-pro-v1:0') ?? [])]).toEqual(['bedrock-converse']);
  const route = { model: 'anthropic.claude-x:0', stream: true };
  const path = '/model/anthropic.claude-x%3A0/converse-stream';
  expect(url?.({ ...route, dialect: 'bedrock-converse', path })).toBe(`http://h${path}`);
  expect(url?.({ ...route, dialect: 'anthropic-messages', path: '/v1/messages' })).toBe(
    'http://h/model/anthropic.claude-x%3A0/invoke-with-response-stream',
  );
  const body = { model: 'm', stream: true, max_tokens: 1, messages: [] };
  expect(adapt?.(body, { ...route, dialect: 'anthropic-messages' }, new Losses())).toEqual({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 1,
    messages: [],
  });
  expect(adapt?.(body, { ...route, dialect: 'bedrock-converse' }, new Losses())).toBe(body);
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature of a request as it came over the wire, worked out by the rules and nothing of the gateway's. */
function expectedSignature({ head, body }: TcpRequest, region: string): { found: string; expected: string } {
  const [line = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((header): [string, string] => {
      const at = header.indexOf(':');
      return [header.slice(0, at).toLowerCase(), header.slice(at + 1).trim()];
    }),
  );
  const authorization = headers.get('authorization') ?? '';
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '';
  const found = /Signature=([0-9a-f]+)/.exec(authorization)?.[1] ?? '';
  const path = line.split(' ')[1] ?? '';
  const doubled = path.split('/').map(encodeURIComponent).join('/');
  const names = signed.split(';');
  const canonical = [
    'POST',
    doubled,
    '',
    ...names.map((name) => `${name}:${headers.get(name)}`),
    '',
    signed,
    sha256(body),
  ].join('\n');
  const date = headers.get('x-amz-date') ?? '';
  const scope = `${date.slice(0, 8)}/${region}/bedrock/aws4_request`;
  const key = [region, 'bedrock', 'aws4_request'].reduce<Buffer>(
    (made, part) => hmac(made, part),
    hmac(`AWS4${keys.AWS_SECRET_ACCESS_KEY}`, date.slice(0, 8)),
  );
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  return { found, expected: hmac(key, text).toString('hex') };
}

test.each([
  ['amazon.titan-embed-text-v2:0', ['bedrock-embed']],
  ['amazon.titan-embed-image-v1', ['bedrock-embed']],
  ['us.cohere.embed-v4:0', ['bedrock-embed']],
  ['cohere.embed-english-v3', ['bedrock-embed']],
  ['amazon.nova-2-multimodal-embeddings-v1:0', ['bedrock-embed']],
  ['arn:aws:bedrock:us-east-1:1:inference-profile/us.cohere.embed-v4:0', ['bedrock-embed']],
  ['amazon.titan-text-express-v1', ['bedrock-converse']],
  ['amazon.nova-lite-v1:0', ['bedrock-converse']],
  ['cohere.command-r-v1:0', ['bedrock-converse']],
  ['anthropic.claude-3-haiku-20240307-v1:0', ['bedrock-converse', 'anthropic-messages']],
])('%s speaks %j', (model, dialects) => {
  const { dialectsOf } = connect({ AWS_REGION: 'us-east-1', ...keys });
  expect([...(dialectsOf?.(model) ?? [])] as string[]).toEqual(dialects);
});

test.each([
  'anthropic.claude-3-haiku-20240307-v1:0',
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f',
  'odd (name)!*',
])('%s: the bytes of the path that is sent are the ones signed', async (model) => {
  const seen: TcpRequest[] = [];
  const upstream = await startTcpUpstream((request) => {
    seen.push(request);
    request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}');
  });
  try {
    const { bedrockConverse } = await import('../../../src/dialects/bedrock-converse/index.ts');
    const baseUrl = `http://127.0.0.1:${upstream.port}`;
    const { authorize, transport } = connect({ AWS_REGION: 'eu-central-1', ...keys }, baseUrl);
    const url = baseUrl + bedrockConverse.speak.path({ model, stream: false });
    const body = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Grüße 🌍' }] }] });
    const plain = { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'opengateway/test' };
    const headers = (await authorize?.({ url, headers: plain, body })) ?? {};
    expect(headers).toMatchObject({ ...plain, 'x-amz-security-token': keys.AWS_SESSION_TOKEN });
    const sent = { method: 'POST', headers, body, redirect: 'manual', decompress: false } as const;
    if (transport === undefined) throw new Error('no transport');
    await (await fetchThrough(transport)(url, sent)).text();
    const [request] = seen;
    if (request === undefined) throw new Error('nothing was sent');
    const { found, expected } = expectedSignature(request, 'eu-central-1');
    expect(found).toBe(expected);
    expect(request.head).toMatch(/SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,/i);
  } finally {
    await upstream.stop();
  }
});
