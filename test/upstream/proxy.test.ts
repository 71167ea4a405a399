/** Which proxy the environment asks for. */
import { expect, test } from 'bun:test';
import { proxyFor } from '../../src/upstream/proxy.ts';

test.each<[string, Record<string, string>, string | undefined]>([
  ['https://api.example.com/v1', {}, undefined],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['https://api.example.com/v1', { https_proxy: 'p:1' }, 'http://p:1'],
  ['https://api.example.com/v1', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['http://api.example.com/v1', { HTTP_PROXY: 'http://p:1' }, 'http://p:1'],
  ['https://api.example.com/v1', { HTTPS_PROXY: ' ' }, undefined],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example.com' }, undefined],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x, .Example.com' }, undefined],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ample.com,,' }, 'http://p:1'],
  ['https://api.example.com/v1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
  ['http://127.0.0.1:8080/v1', { HTTP_PROXY: 'http://p:1', no_proxy: '127.0.0.1' }, undefined],
  ['http://127.0.0.1:8080/v1', { HTTP_PROXY: 'http://p:1', no_proxy: '127.0.0.1:8080' }, undefined],
  ['http://127.0.0.1:8080/v1', { HTTP_PROXY: 'http://p:1', no_proxy: '127.0.0.1:81' }, 'http://p:1'],
])('%s with %j: %p', (url, environment, proxy) => {
  expect(proxyFor(url, environment)).toBe(proxy);
});
