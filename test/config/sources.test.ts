/** Where a setting comes from: flags over environment over `.env` over the file over defaults. */
import { describe, expect, test } from 'bun:test';
import { complaintsAbout, type Given, settingsFrom } from './read.ts';

const layers: Given[] = [
  { files: { 'opengateway.json': '{"port": 1004}' } },
  { files: { '.env': 'PORT=1003' } },
  { environment: { PORT: '1002' } },
  { flags: { port: '1001' } },
];

const together = (givens: readonly Given[]): Given => ({
  flags: Object.assign({}, ...givens.map((given) => given.flags)) as Record<string, string>,
  environment: Object.assign({}, ...givens.map((given) => given.environment)) as Record<string, string>,
  files: Object.assign({}, ...givens.map((given) => given.files)) as Record<string, string>,
});

test('every combination of sources is won by the strongest', async () => {
  for (let mask = 0; mask < 1 << layers.length; mask++) {
    const given = layers.filter((_, at) => (mask & (1 << at)) !== 0);
    const strongest = layers.findLastIndex((_, at) => (mask & (1 << at)) !== 0);
    const { port } = await settingsFrom(together(given));
    expect({ mask, port }).toEqual({ mask, port: strongest === -1 ? 8080 : 1004 - strongest });
  }
});

describe('the config file', () => {
  const files = { 'opengateway.json': '{"host":"a"}', 'b.json': '{"host":"b"}', 'c.json': '{"host":"c"}' };
  test.each([
    [{}, 'a'],
    [{ environment: { OPENGATEWAY_CONFIG: 'b.json' } }, 'b'],
    [{ environment: { OPENGATEWAY_CONFIG: 'b.json' }, flags: { config: 'c.json' } }, 'c'],
    [{ environment: { OPENGATEWAY_CONFIG: '' } }, 'a'],
  ] as [Given, string][])('named by %j is %s', async (given, host) => {
    expect((await settingsFrom({ ...given, files })).host).toBe(host);
  });

  test('may be named in .env', async () => {
    const named = { ...files, '.env': 'OPENGATEWAY_CONFIG=c.json' };
    expect((await settingsFrom({ files: named })).host).toBe('c');
  });

  test('that is named must be there, one that is not need not', async () => {
    expect(await complaintsAbout({ flags: { config: 'no.json' } })).toEqual([
      'no.json  there is no such file.',
    ]);
    expect((await settingsFrom({})).configPath).toBeUndefined();
  });

  test('may not be a directory', async () => {
    expect(await complaintsAbout({ flags: { config: '.' } })).toHaveLength(1);
  });
});

test.each([
  ['PORT', 'port', 8080],
  ['HOST', 'host', '0.0.0.0'],
  ['REQUIRE_AUTH', 'requireAuth', true],
  ['LOG_LEVEL', 'logLevel', 'info'],
] as const)('an empty %s is unset', async (variable, setting, expected) => {
  expect((await settingsFrom({ environment: { [variable]: '' } }))[setting]).toBe(expected);
});

test.each([
  ['PORT', '0', 'port', 0],
  ['PORT', ' 9000 ', 'port', 9000],
  ['REQUIRE_AUTH', 'FALSE', 'requireAuth', false],
  ['REQUIRE_AUTH', '0', 'requireAuth', false],
  ['REQUIRE_AUTH', 'off', 'requireAuth', false],
  ['REQUIRE_AUTH', 'yes', 'requireAuth', true],
  ['LOG_LEVEL', 'warn', 'logLevel', 'warn'],
  ['LOG_LEVEL', 'Error', 'logLevel', 'error'],
  ['DEBUG', '1', 'logLevel', 'debug'],
] as const)('%s=%j is read', async (variable, text, setting, expected) => {
  expect((await settingsFrom({ environment: { [variable]: text } }))[setting]).toBe(expected);
});

test.each([
  [{ environment: { PORT: 'http' } }, 'environment PORT  must be a whole number from 0 to 65535.'],
  [{ environment: { PORT: '65536' } }, 'environment PORT  must be a whole number from 0 to 65535.'],
  [{ environment: { PORT: '8080.5' } }, 'environment PORT  must be a whole number from 0 to 65535.'],
  [{ flags: { port: '-1' } }, '--port  must be a whole number from 0 to 65535.'],
  [{ flags: { port: '' }, environment: { PORT: 'x' } }, undefined],
  [{ environment: { REQUIRE_AUTH: 'maybe' } }, 'environment REQUIRE_AUTH  must be true or false.'],
  [
    { environment: { LOG_LEVEL: 'inof' } },
    "environment LOG_LEVEL  must be one of DEBUG, INFO, WARN, ERROR. Did you mean 'INFO'?",
  ],
  [{ environment: { ROOT_KEY: '' } }, 'environment ROOT_KEY  must be a text that is not empty.'],
  [{ files: { '.env': '# first\nPORT=x' } }, /^\.env:2/],
] as [Given, string | RegExp | undefined][])('%j is refused: %s', async (given, expected) => {
  const complaints = await complaintsAbout(given);
  if (expected === undefined) expect(complaints).toEqual([]);
  else {
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(
      expected instanceof RegExp ? expected : new RegExp(`^${RegExp.escape(expected)}$`),
    );
  }
});

test('all that is wrong in the environment is told at once', async () => {
  expect(
    await complaintsAbout({ environment: { PORT: 'x', REQUIRE_AUTH: 'x' }, flags: { 'log-level': 'x' } }),
  ).toHaveLength(3);
});
