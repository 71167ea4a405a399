/** The model and the wish to stream, out of the path and back into it. */
import { expect, test } from 'bun:test';
import { bedrockPath, readBedrockLine } from '../../../src/dialects/bedrock-converse/request-line.ts';

const profile = 'arn:aws:bedrock:us-east-1:012345678901:inference-profile/us.anthropic.claude-sonnet-4-6';

test.each([
  ['/model/anthropic.x%3A0/converse', 'anthropic.x:0', false],
  ['/model/anthropic.x%3A0/converse-stream', 'anthropic.x:0', true],
  ['/model/anthropic.x:0/converse', 'anthropic.x:0', false],
  [`/model/${encodeURIComponent(profile)}/converse`, profile, false],
  [`/model/${profile}/converse-stream`, profile, true],
  ['http://localhost:8080/model/bedrock%2Fm/converse?a=/model/b/converse', 'bedrock/m', false],
  ['https://h/model/a%20b/converse#x', 'a b', false],
  ['/model/a%2525/converse', 'a%25', false],
  ['/model/converse/converse', 'converse', false],
])('%s', (url, model, stream) => {
  expect(readBedrockLine(url)).toEqual({ model, stream });
});

test.each([
  '/model//converse',
  '/model/converse',
  '/model/a/invoke',
  '/v1/model/a/converse',
  '/model/a/converse/',
  '/model/%ff/converse',
  '/model/%/converse',
  '/model/a/converse-streams',
  '/',
  '',
])('%p is none of its paths', (url) => {
  expect(readBedrockLine(url)).toBeUndefined();
});

test.each([
  [
    'anthropic.claude-3-7-sonnet-20250219-v1:0',
    '/model/anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse',
  ],
  [profile, `/model/${encodeURIComponent(profile)}/converse`],
  ["a!'()*b", '/model/a%21%27%28%29%2Ab/converse'],
  ['a%3Ab', '/model/a%253Ab/converse'],
  ['../x', '/model/..%2Fx/converse'],
])('the id %s is escaped once', (model, path) => {
  expect(bedrockPath(model, 'converse')).toBe(path);
  expect(readBedrockLine(path)?.model).toBe(model);
});
