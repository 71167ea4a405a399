/** The credential of a handshake: every way a plain request has, and a browser's. */
import { describe, expect, test } from 'bun:test';
import { isCredential, readSocketCredential } from '../../src/identity/socket-credential.ts';

const inProtocol = (...names: string[]) => ({ 'sec-websocket-protocol': names.join(', ') });
const read = (headers: Record<string, string>, url = 'http://g/v1/realtime') =>
  readSocketCredential(new Headers(headers), url);

describe('readSocketCredential', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['none', {}, undefined],
    ['no credential among the subprotocols', inProtocol('realtime'), undefined],
    ['an empty one', inProtocol('realtime', 'openai-insecure-api-key.'), undefined],
    ['one', inProtocol('realtime', 'openai-insecure-api-key.sk-1'), 'sk-1'],
    ['one with dots', inProtocol('openai-insecure-api-key.a.b.c'), 'a.b.c'],
    ['the same twice', { ...inProtocol('openai-insecure-api-key.sk-1'), 'x-api-key': 'sk-1' }, 'sk-1'],
    ['a header alone', { authorization: 'Bearer sk-2' }, 'sk-2'],
    ['another case of the beginning', inProtocol('OpenAI-insecure-api-key.sk-1'), undefined],
  ])('%s', (_, headers, found) => {
    expect(read(headers)).toBe(found);
  });

  test.each<[string, Record<string, string>, string]>([
    ['beside a header', { ...inProtocol('openai-insecure-api-key.a'), authorization: 'Bearer b' }, '/'],
    ['twice', inProtocol('openai-insecure-api-key.a', 'openai-insecure-api-key.b'), '/'],
    ['beside the query', inProtocol('openai-insecure-api-key.a'), '/?key=b'],
  ])('two different ones are refused: %s', (_, headers, path) => {
    expect(() => read(headers, `http://g${path}`)).toThrow(/more than one credential/);
  });
});

test('what a credential is', () => {
  expect(isCredential('openai-insecure-api-key.x')).toBe(true);
  expect(isCredential('realtime')).toBe(false);
});
