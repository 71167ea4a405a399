/** An upstream that does not take the gateway's credential, in the words of each API: the client is told so, and no more. */
import { expect, test } from 'bun:test';
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import { chat, requestFor, stageWith } from './in-process.ts';

const google = {
  error: {
    code: 400,
    message: 'API key not valid. Please pass a valid API key. SECRET',
    status: 'INVALID_ARGUMENT',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
      },
    ],
  },
};
const aws = { message: 'The security token included in the request is invalid. SECRET' };
const cases: [string, ConversationDialect, number, unknown, Record<string, string>?][] = [
  ['any 401', 'openai-chat', 401, 'SECRET'],
  ['a bad key at Google', 'gemini', 400, google],
  ['a bad key at Google, in a list', 'gemini', 400, [google]],
  ['a bad key at Google’s OpenAI endpoint', 'openai-chat', 400, [google]],
  ['a bad access key', 'bedrock-converse', 403, aws, { 'x-amzn-errortype': 'UnrecognizedClientException' }],
  [
    'a bad signature',
    'bedrock-converse',
    403,
    { message: 'SECRET' },
    { 'x-amzn-errortype': 'InvalidSignatureException' },
  ],
  [
    'an expired token',
    'bedrock-converse',
    403,
    { message: 'SECRET' },
    { 'x-amzn-errortype': 'ExpiredTokenException' },
  ],
  [
    'a bad key at Anthropic, by another status',
    'anthropic-messages',
    403,
    { type: 'error', error: { type: 'authentication_error', message: 'SECRET' } },
  ],
];

async function told(dialect: ConversationDialect, status: number, body: unknown, headers = {}) {
  const { text, response, record } = await stageWith({
    transport: async () => Response.json(body, { status, headers }),
    provider: { dialects: new Set([dialect]) },
  }).call(requestFor('/v1/chat/completions', chat));
  return { text, status: response.status, error: record.error_code, response };
}

test.each(cases)('%s', async (_, dialect, status, body, headers) => {
  const { text, response } = await told(dialect, status, body, headers);
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  expect([response.status, error.code]).toEqual([502, 'upstream_auth_failed']);
  expect(text).not.toContain('SECRET');
});

const fault = { error: { code: 400, message: 'Unknown field.', status: 'INVALID_ARGUMENT', details: [] } };

test.each<[string, ConversationDialect, number, unknown]>([
  ['another fault at Google', 'gemini', 400, fault],
  ['the same in a list', 'gemini', 400, [fault]],
  ['a model one may not use', 'bedrock-converse', 403, { message: 'Unknown field.' }],
])('%s is the client’s to hear', async (_, dialect, status, body) => {
  const { text, response } = await told(dialect, status, body);
  expect(response.status).toBe(status);
  expect(text).toContain('Unknown field.');
});
