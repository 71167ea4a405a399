/** The banner: where to go, what is missing, and nothing secret. */
import { expect, test } from 'bun:test';
import { renderBanner } from '../../src/commands/banner.ts';
import { settingsFrom } from '../config/read.ts';

async function banner(environment: Record<string, string>, hasColors = false): Promise<string> {
  return renderBanner({
    settings: await settingsFrom({ environment }),
    port: 8123,
    storage: '/var/lib/x.db',
    readyMs: 12.7,
    hasColors,
  });
}

test('a newcomer sees the warnings that matter and a call to copy', async () => {
  const text = await banner({});
  expect(text).toContain('ready in 13 ms');
  expect(text).toContain('http://localhost:8123/v1');
  expect(text).toContain('ROOT_KEY is the default');
  expect(text).toContain('demo/echo answers');
  expect(text).toContain(
    'ANTHROPIC_API_KEY, GEMINI_API_KEY, LOCAL_BASE_URL, OPENAI_API_KEY or another variable of docs/configuration.md',
  );
  // However many are known, the line stays one to be read.
  const longest = text.split('\n').filter((line) => line.includes('warning'));
  for (const line of longest) expect(line.length).toBeLessThan(250);
  expect(text).toContain('"model":"demo/echo"');
});

test('who has set everything sees no warning and no secret', async () => {
  const text = await banner({ ROOT_KEY: 'sk-own-root', OPENAI_API_KEY: 'sk-upstream', HOST: '127.0.0.1' });
  expect(text).not.toContain('warning');
  expect(text).toContain('http://127.0.0.1:8123/v1');
  expect(text).toContain('openai');
  for (const secret of ['sk-own-root', 'sk-upstream']) expect(text).not.toContain(secret);
});

test.each([
  [{ REQUIRE_AUTH: 'false' }, 'REQUIRE_AUTH is false'],
  [{ OPENGATEWAY_FORCE_TRANSLATE: '1' }, 'OPENGATEWAY_FORCE_TRANSLATE is 1'],
  [{ HOST: '::1' }, 'http://[::1]:8123/v1'],
  [{ HOST: '::' }, 'http://localhost:8123/v1'],
] as [Record<string, string>, string][])('with %j it says %s', async (environment, said) => {
  expect(await banner(environment)).toContain(said);
});

test('only a terminal gets colours', async () => {
  expect(await banner({}, true)).toContain('\x1b[');
  expect(await banner({}, false)).not.toContain('\x1b');
});
