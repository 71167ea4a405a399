/** The config file: what is taken, and each complaint with its exact line and column. */
import { describe, expect, test } from 'bun:test';
import { ConfigError } from '../../src/config/diagnostics.ts';
import { readConfigText } from '../../src/config/file.ts';

const environment = { KEY: 'sk-1', EMPTY: '', OPENAI_API_KEY: 'sk-2' };

function complaints(text: string): string[] {
  try {
    readConfigText(text, 'f', environment);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.diagnostics.map(({ where, problem }) => `${where} ${problem}`);
  }
}

test.each([
  ['{}', {}],
  ['\uFEFF{"port": 1}', { port: 1 }],
  ['// a comment\n{ /* another */ "port": 1, // and more\n}', { port: 1 }],
  ['{"port": 1,}', { port: 1 }],
  ['{"aliases": {"a": "b",},\r\n}', { aliases: { a: 'b' } }],
  ['{"$schema": "./x.json"}', { $schema: './x.json' }],
  ['{"aliases": {"__proto__": "b"}}', { aliases: JSON.parse('{"__proto__":"b"}') as object }],
])('%j is taken', (text, expected) => {
  expect(readConfigText(text, 'f', environment)).toEqual(expected as object);
});

describe('${NAME}', () => {
  test.each([
    ['${KEY}', 'sk-1'],
    ['a${KEY}b${KEY}', 'ask-1bsk-1'],
    ['$KEY', '$KEY'],
    ['${}', '${}'],
    ['${1}', '${1}'],
    ['$${KEY}', '$sk-1'],
  ])('%s becomes %s', (text, value) => {
    expect(readConfigText(JSON.stringify({ aliases: { a: text } }), 'f', environment).aliases).toEqual({
      a: value,
    });
  });

  test('a value is put in as text, never as JSON or as another name', () => {
    const odd = { ODD: '","port":1,"x":"${KEY} $& $1' };
    expect(readConfigText('{"aliases":{"a":"${ODD}"}}', 'f', odd)).toEqual({ aliases: { a: odd.ODD } });
  });

  test.each([
    ['{\n  "aliases": {"a": "${NONE}"}}', "f:2:20 the environment variable 'NONE' is not set."],
    ['{"aliases": {"a": "${EMPTY}"}}', "f:1:19 the environment variable 'EMPTY' is not set."],
    [
      '{"providers": {"x": {"baseUrl": "http://x", "apiKey": "${OPENAI_APIKEY}"}}}',
      "f:1:55 the environment variable 'OPENAI_APIKEY' is not set. Did you mean 'OPENAI_API_KEY'?",
    ],
    ['{"aliases": {"a": "${constructor}"}}', "f:1:19 the environment variable 'constructor' is not set."],
  ])('%j complains', (text, complaint) => {
    expect(complaints(text)[0]).toBe(complaint);
  });
});

test.each([
  ['', ['f:1:1 value expected.']],
  ['// only', ['f:1:8 value expected.']],
  ['[]', [/^f:1:1 .*must be object, not \[\]\.$/]],
  ['{"port": 1 "host": "x"}', ['f:1:12 comma expected.']],
  ['{\n  "port": 1', [/^f:2:12 .*expected\.$/]],
  ['{"port": 1} x', [/^f:1:13 /]],
  ['{"port": "8080"}', [`f:1:10 'port' must be integer, not "8080".`]],
  ['{\n\t"port": 1.5}', [/^f:2:10 'port' must be integer/]],
  ['{"port": 65536}', [/^f:1:10 'port' must be .*65535/]],
  ['{"port": -1}', [/^f:1:10 'port' must be .*0, not -1\.$/]],
  ['{"port": null}', [/^f:1:10 'port' must be integer, not null\.$/]],
  ['{"prot": 1}', ["f:1:2 unknown key 'prot'. Did you mean 'port'?"]],
  ['{"limits":\n {"maxDept": 9}}', ["f:2:3 unknown key 'maxDept'. Did you mean 'maxDepth'?"]],
  ['{"limits": {"maxDepth": 5}}', [/^f:1:25 'limits\.maxDepth' must be .*8, not 5\.$/]],
  ['{"limits": []}', [/^f:1:12 'limits' must be object/]],
  [
    '{"logLevel": "inof"}',
    ["f:1:14 'logLevel' must be one of DEBUG, INFO, WARN, ERROR. Did you mean 'INFO'?"],
  ],
  ['{"host": ""}', [/^f:1:10 'host' must be /]],
  ['{"requireAuth": "false"}', [`f:1:17 'requireAuth' must be boolean, not "false".`]],
  ['{"port": 1,\n "port": 2}', ["f:2:2 the key 'port' stands twice."]],
  ['{"aliases": {"a": "b", "a": "c"}}', ["f:1:24 the key 'a' stands twice."]],
  ['{"aliases": {"a": 5}}', [/^f:1:19 'aliases\.a' must be string, not 5\.$/]],
  ['{"providers": {"acme": {"baseURL": "x"}}}', ["f:1:25 unknown key 'baseURL'. Did you mean 'baseUrl'?"]],
  ['{"providers": {"acme": {"models": "x"}}}', [/^f:1:35 'providers\.acme\.models' must be array/]],
  ['{"providers": {"acme": {"dialects": ["openai-chta"]}}}', [/^f:1:38 .*Did you mean 'openai-chat'\?$/]],
  ['{"providers": {"My Corp": {"baseUrl": 5}}}', [/^f:1:16 .*My Corp/]],
  ['{"__proto__": {"port": 1}}', [/^f:1:2 unknown key '__proto__'\.$/]],
  ['{"constructor": 1}', [/^f:1:2 unknown key 'constructor'\.$/]],
  ['{"x": 1,\n "port": "a",\n "host": 2}', [/^f:1:2 /, /^f:2:10 /, /^f:3:10 /]],
] as [string, (string | RegExp)[]][])('%j complains where it is wrong', (text, expected) => {
  const found = complaints(text).sort();
  expect({ found, count: found.length }).toEqual({ found, count: expected.length });
  for (const [at, line] of expected.entries())
    if (typeof line === 'string') expect(found[at]).toBe(line);
    else expect(found[at]).toMatch(line);
});

test.each([
  '{"rootKey": 123456789012}',
  '{"providers": {"x": {"baseUrl": "http://x", "apiKey": 123456789012}}}',
])('a secret of the wrong type is not repeated: %s', (text) => {
  const [complaint] = complaints(text);
  expect(complaint).toMatch(/Key' must be string/);
  expect(complaint).not.toContain('123456789012');
});
