/** Base URLs: http and https only, without anything that would leak or be lost when a path is appended. */
import { expect, test } from 'bun:test';
import { JoinedPaths, joinPath, readBaseUrl } from '../../src/upstream/address.ts';

test.each([
  ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
  ['https://api.openai.com/v1/', 'https://api.openai.com/v1'],
  ['https://api.openai.com/v1///', 'https://api.openai.com/v1'],
  ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
  ['http://[::1]:8000/v1', 'http://[::1]:8000/v1'],
  ['HTTP://Example.COM:80/V1', 'http://example.com/V1'],
])('%s is taken as %s', (text, expected) => {
  expect(readBaseUrl(text)).toBe(expected);
});

test.each([
  ['', 'not a URL'],
  ['api.openai.com/v1', 'not a URL'],
  ['/v1', 'not a URL'],
  ['http://', 'not a URL'],
  ['http://a:99999/', 'not a URL'],
  ['localhost:8000', "scheme 'localhost'"],
  ['file:///etc/passwd', "scheme 'file'"],
  ['data:application/json,{}', "scheme 'data'"],
  ['blob:http://a/b', "scheme 'blob'"],
  ['s3://bucket/key', "scheme 's3'"],
  ['unix:/run/docker.sock', "scheme 'unix'"],
  ['javascript:alert(1)', "scheme 'javascript'"],
  ['ws://a/b', "scheme 'ws'"],
  ['https://user@host/v1', 'user or password'],
  ['https://user:sk-secret@host/v1', 'user or password'],
  ['https://host/v1?api-version=1', 'query or fragment'],
  ['https://host/v1#x', 'query or fragment'],
])('%s is refused: %s', (text, problem) => {
  const read = readBaseUrl(text);
  expect(typeof read === 'string' ? read : read.problem).toContain(problem);
  expect(JSON.stringify(read)).not.toContain('sk-secret');
});

test.each([
  ['http://x/v1', '/chat/completions', 'http://x/v1/chat/completions'],
  ['http://x/v1', '/v1/messages', 'http://x/v1/messages'],
  ['http://x', '/v1/messages', 'http://x/v1/messages'],
  ['http://x/v1beta', '/v1beta/models?a=b', 'http://x/v1beta/models?a=b'],
  ['http://x/v1', '/v1beta/models', 'http://x/v1/v1beta/models'],
  ['http://x/av1', '/v1/m', 'http://x/av1/v1/m'],
  ['http://x', '/model/v1/m', 'http://x/model/v1/m'],
])('%s and %s make %s', (base, path, expected) => {
  expect(joinPath(base, path)).toBe(expected);
});

test('what was joined before is the same again, also after more than are kept', () => {
  const paths = new JoinedPaths();
  const names = Array.from({ length: 2500 }, (_, nth) => `/v1/models/m${nth}`);
  for (const base of ['http://x/v1', 'http://y'])
    for (const round of [1, 2])
      for (const name of names)
        expect(`${round} ${paths.of(base, name)}`).toBe(`${round} ${joinPath(base, name)}`);
});
