/** Which model, verb and framing a client's URL asks for. */
import { expect, test } from 'bun:test';
import { readGeminiLine } from '../../../src/dialects/gemini/request-line.ts';

test.each([
  ['/v1beta/models/gemini-2.5-flash:generateContent', 'gemini', 'gemini-2.5-flash', false, undefined],
  ['/v1/models/gemini-2.5-flash:generateContent', 'gemini', 'gemini-2.5-flash', false, undefined],
  ['/v1alpha/models/m:generateContent', 'gemini', 'm', false, undefined],
  ['http://h:1/v1beta/models/m:streamGenerateContent?alt=sse', 'gemini', 'm', true, undefined],
  ['/v1beta/models/m:streamGenerateContent?key=k&alt=sse', 'gemini', 'm', true, undefined],
  ['/v1beta/models/m:streamGenerateContent?%24alt=sse', 'gemini', 'm', true, undefined],
  ['/v1beta/models/m:streamGenerateContent', 'gemini', 'm', true, true],
  ['/v1beta/models/m:streamGenerateContent?alt=json', 'gemini', 'm', true, true],
  ['/v1beta/models/m:generateContent?alt=sse', 'gemini', 'm', false, undefined],
  ['/v1beta/models/openai/gpt-4o:generateContent', 'gemini', 'openai/gpt-4o', false, undefined],
  ['/v1beta/models/openai%2Fgpt-4o:generateContent', 'gemini', 'openai/gpt-4o', false, undefined],
  ['/v1beta/models/ft:gpt-4:org:generateContent', 'gemini', 'ft:gpt-4:org', false, undefined],
  ['/v1beta/models/ft%3Agpt-4%3AgenerateContent', 'gemini', 'ft:gpt-4', false, undefined],
  ['/v1beta/models/a%3Ab%3Astream:generateContent', 'gemini', 'a:b:stream', false, undefined],
  ['/v1beta/tunedModels/mine:generateContent', 'gemini', 'tunedModels/mine', false, undefined],
  ['/v1beta/models/e:embedContent', 'gemini-embed-content', 'e', false, undefined],
  ['/v1beta/models/e:batchEmbedContents', 'gemini-batch-embed', 'e', false, undefined],
  ['/v1beta/models/e:countTokens', 'gemini-count-tokens', 'e', false, undefined],
] as const)('%s', (url, dialect, model, stream, asArray) => {
  expect(readGeminiLine(url)).toEqual({ dialect, model, stream, ...(asArray && { asArray }) });
});

test.each([
  '',
  '/v1/models',
  '/v1/models/gpt-4o',
  '/v1/models/ft:gpt-4o:org',
  '/v1beta/models/:generateContent',
  '/v1beta/models/m:generatecontent',
  '/v1beta/models/m:predict',
  '/v1beta/models/m:generateContent/more',
  '/v1beta/models/%ZZ:generateContent',
  '/v2/models/m:generateContent',
  '/x/v1beta/models/m:generateContent',
  '/v1beta/models?x=m:generateContent',
])('is no line of this dialect: %s', (url) => {
  expect(readGeminiLine(url)).toBeUndefined();
});
