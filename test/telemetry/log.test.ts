/** The log: valid JSON lines, nothing secret, no less and no more than the level asks, and never in a call's way. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import { type LineSink, Log, type LogLevel, logLevels } from '../../src/telemetry/log.ts';
import { createScrubber } from '../../src/telemetry/redaction.ts';
import { recordOf } from './record.ts';

type Line = Record<string, unknown>;

function logAt(level: LogLevel, secret = 'sk-secret-value', sink?: LineSink) {
  const written: string[] = [];
  const keep: LineSink = (lines) => {
    written.push(lines);
    return undefined;
  };
  const log = new Log(level, createScrubber([new Secret(secret)]), sink ?? keep);
  const text = async () => {
    await log.flush();
    return written.join('');
  };
  const lines = async () =>
    (await text())
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return { log, text, lines };
}

test.each(logLevels)('at level %s what is less serious is left out', async (level) => {
  const { log, lines } = logAt(level);
  for (const each of logLevels) log.event(each, each);
  expect((await lines()).map((line) => line.level)).toEqual(logLevels.slice(logLevels.indexOf(level)));
});

test.each([
  ['info', undefined, 1],
  ['warn', undefined, 0],
  ['warn', 'upstream_timeout', 1],
  ['warn', 'not_found', 0],
  ['error', 'upstream_timeout', 0],
  ['error', 'internal_error', 1],
] as const)('at level %s a call that ended in %p makes %d lines', async (level, code, count) => {
  const { log, lines } = logAt(level);
  log.call(recordOf({ error: code && new GatewayError(code, 'm') }));
  expect(await lines()).toHaveLength(count);
});

test('a call is one line that says what is known, and nothing of what is not', async () => {
  const { log, lines } = logAt('info');
  log.call(
    recordOf({ usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 0 }, timeToFirstTokenMs: 1 }),
  );
  const [line] = await lines();
  expect(line).toMatchObject({
    level: 'info',
    event: 'call',
    request_id: 'req_1',
    key_id: 'root',
    requested_model: 'p/m',
    provider: 'p',
    model: 'm',
    mode: 'passthrough',
    stream: false,
    status: 200,
    latency_ms: 12.5,
    overhead_ms: 0.25,
    ttft_ms: 1,
    finish: 'stop',
    input_tokens: 3,
    cached_tokens: 0,
    output_tokens: 4,
  });
  expect(line).not.toHaveProperty('reasoning_tokens');
  expect(line).not.toHaveProperty('error');
  expect(Number.isNaN(Date.parse(String(line?.time)))).toBe(false);
});

test.each(['a"b\\c\nd', '\u2028\u0000', '","level":"error', '😀', ''])(
  'the model name %j stays in its field',
  async (name) => {
    const { log, lines } = logAt('info');
    log.call(recordOf({ requestedModel: name, model: name, finish: name, upstreamRequestId: name }));
    const [line] = await lines();
    expect(line).toMatchObject({
      requested_model: name,
      model: name,
      level: 'info',
      upstream_request_id: name,
    });
  },
);

describe('a secret', () => {
  test.each([
    'sk-secret-value',
    'with "quotes" in it',
    'with\\backslash',
    'ümläüt-😀-key',
    'with\ttab-inside',
  ])('%j is scrubbed from every text of an error', async (secret) => {
    const { log, text } = logAt('info', secret);
    const error = new GatewayError('upstream_rejected', `no ${secret}`, {
      cause: new Error(`for ${secret}`),
    });
    log.call(recordOf({ error, requestedModel: secret }));
    log.event('warn', 'e', { cause: `at ${secret}`, deep: { list: [secret] } });
    const written = await text();
    expect(written).not.toContain(secret);
    expect(written).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(written.match(/\[redacted\]/g)?.length).toBe(5);
  });

  test('as a value of a field is redacted by itself', async () => {
    const { log, text } = logAt('info', 'another-secret');
    log.event('info', 'e', { key: new Secret('sk-not-known-to-the-log') });
    expect(await text()).toContain('"key":"[redacted]"');
  });
});

describe('causes', () => {
  test.each([
    ['TypeError: bad', new TypeError('bad')],
    ['text', 'text'],
    ['7', 7],
    ['null', null],
    ['Symbol(s)', Symbol('s')],
  ])('are told: %s', async (told, cause) => {
    const { log, lines } = logAt('info');
    log.call(recordOf({ error: new GatewayError('internal_error', 'm', { cause }) }));
    expect((await lines())[0]).toMatchObject({ error: 'internal_error', error_message: 'm', cause: told });
  });
});
