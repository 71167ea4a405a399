/** What replies share of their headers is the same for all that share it, and nobody else's. */
import { describe, expect, test } from 'bun:test';
import { HeaderTemplates } from '../../src/pipeline/header-templates.ts';
import type { Provider, Target } from '../../src/providers/provider.ts';
import { cappedStage, keyCaps, limitsOf } from './capped.ts';
import { chat, reply } from './in-process.ts';

const targetOf = (model: string): Target =>
  ({ model, provider: { name: 'p' } as unknown as Provider }) as unknown as Target;
const rate = (limit: number) => ({ limit, remaining: 1, resetMs: 0 });
const json = 'application/json';

describe('a template', () => {
  test('is made once for a target, mode, media type and limits', () => {
    const templates = new HeaderTemplates();
    const [one, other] = [targetOf('a'), targetOf('b')];
    const all = [
      templates.of(one, 'passthrough', json, {}),
      templates.of(other, 'passthrough', json, {}),
      templates.of(one, 'translated', json, {}),
      templates.of(one, 'passthrough', 'text/plain', {}),
      templates.of(one, 'passthrough', json, { requests: rate(5) }),
      templates.of(one, 'passthrough', json, { tokens: rate(5) }),
      templates.of(one, 'passthrough', json, { requests: rate(5), tokens: rate(6) }),
      templates.of(one, 'passthrough', json, { requests: rate(6), tokens: rate(6) }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(templates.of(one, 'passthrough', json, { requests: rate(5), tokens: rate(6) })).toBe(
      all[6] as Headers,
    );
    expect(all[7]?.get('x-ratelimit-limit-requests')).toBe('6');
    expect(all[5]?.has('x-ratelimit-limit-requests')).toBe(false);
  });

  test('of media types and limits without end does not fill the memory, and stays right', () => {
    const templates = new HeaderTemplates();
    const target = targetOf('a');
    for (let nth = 0; nth < 1000; nth++) {
      const type = `multipart/mixed; boundary=${nth}`;
      expect(templates.of(target, 'passthrough', type, {}).get('content-type')).toBe(type);
      const rates = { requests: rate(nth), tokens: rate(1000 - nth) };
      const headers = templates.of(target, 'passthrough', json, rates);
      expect(headers.get('x-ratelimit-limit-requests')).toBe(String(nth));
      expect(headers.get('x-ratelimit-limit-tokens')).toBe(String(1000 - nth));
    }
  });

  test('says a name nobody could send as a header in plain letters', () => {
    const headers = new HeaderTemplates().of(targetOf('m\u00e9\r\nx: y'), 'passthrough', json, {});
    expect(headers.get('x-opengateway-model')).toBe('m???x: y');
  });
});

test('replies of the same target, at once, each say what is theirs', async () => {
  const stage = cappedStage([keyCaps({ limits: limitsOf({ rpm: 50, tpm: 100_000 }) })], {
    transport: async () => Response.json(reply),
  });
  const responses = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { response } = await stage.call(
        stage.request('/v1/chat/completions', { ...chat, max_tokens: 10 }),
      );
      return response;
    }),
  );
  const told = (name: string) => responses.map(({ headers }) => headers.get(name));
  expect(new Set(told('x-request-id')).size).toBe(20);
  expect(new Set(told('x-ratelimit-remaining-requests')).size).toBe(20);
  for (const name of [
    'x-opengateway-overhead-ms',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-reset-requests',
  ])
    expect(told(name)).not.toContain('');
  expect(new Set(told('x-opengateway-attempts'))).toEqual(new Set(['1']));
});
