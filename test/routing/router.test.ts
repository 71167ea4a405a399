/** From the model a client names to a target: prefixes, patterns, aliases, and the errors for everything else. */
import { describe, expect, test } from 'bun:test';
import type { DialectName } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { Router } from '../../src/routing/router.ts';
import { definitionNamed, providerNamed } from './party.ts';

const alpha = providerNamed('alpha', { models: ['alpha-*'], dialects: ['openai-chat', 'openai-embeddings'] });
const beta = providerNamed('beta', { prefixes: ['beta/', 'b/'], models: ['beta-*', 'alpha-*', 'shared'] });
const router = new Router({
  providers: [alpha, beta],
  disabled: [definitionNamed('gamma', ['gamma-*'])],
  aliases: {
    fast: 'beta/small',
    'alpha-fast': 'beta/small',
    loop: 'loop',
    lost: 'nowhere/x',
    off: 'gamma/x',
  },
});

function outcome(model: string, dialect: DialectName = 'openai-chat'): string {
  try {
    const [target] = router.resolve(model, dialect);
    return `${target.provider.name} ${target.model}`;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.status).toBe(404);
    expect(thrown.param).toBe('model');
    expect(thrown.message).toContain(`'${model}'`);
    return thrown.code;
  }
}

test.each([
  ['alpha/x', 'alpha x'],
  ['alpha/x/y:z', 'alpha x/y:z'],
  ['alpha/alpha/x', 'alpha alpha/x'],
  ['b/x', 'beta x'],
  ['beta/x', 'beta x'],
  ['alpha-1', 'alpha alpha-1'],
  ['beta-1', 'beta beta-1'],
  ['shared', 'beta shared'],
  ['fast', 'beta small'],
  ['alpha-fast', 'beta small'],
  ['loop', 'model_not_found'],
  ['lost', 'model_not_found'],
  ['alpha/\ud800', 'model_not_found'],
  ['beta-\udfff', 'model_not_found'],
  ['off', 'provider_not_configured'],
  ['gamma/x', 'provider_not_configured'],
  ['gamma-1', 'provider_not_configured'],
  ['alpha/', 'model_not_found'],
  ['alpha', 'model_not_found'],
  ['Alpha/x', 'model_not_found'],
  ['unknown', 'model_not_found'],
  ['', 'model_not_found'],
  [' fast', 'model_not_found'],
  ['__proto__', 'model_not_found'],
  ['constructor', 'model_not_found'],
  ['toString', 'model_not_found'],
])('%j goes to %s, the second time too', (model, expected) => {
  expect(outcome(model)).toBe(expected);
  expect(outcome(model)).toBe(expected);
});

test('an endpoint the provider does not offer is refused, and its other endpoints still work', () => {
  expect(outcome('beta/x', 'openai-embeddings')).toBe('operation_not_supported');
  expect(outcome('beta/x')).toBe('beta x');
  expect(outcome('alpha/x', 'openai-embeddings')).toBe('alpha x');
  expect(outcome('alpha/x', 'openai-completions')).toBe('operation_not_supported');
});

test('what is not configured says which setting is missing', () => {
  expect(() => router.resolve('gamma/x', 'openai-chat')).toThrow('GAMMA_API_KEY');
});

describe('routes found before', () => {
  test('are kept, but not without bound: clients choose the names', () => {
    let looks = 0;
    const counted = new Proxy(providerNamed('p'), {
      get: (provider, key) => {
        if (key === 'prefixes') looks++;
        return Reflect.get(provider, key) as unknown;
      },
    });
    const kept = new Router({ providers: [counted], disabled: [], aliases: {} });
    kept.resolve('p/first', 'openai-chat');
    kept.resolve('p/first', 'openai-chat');
    expect(looks).toBe(1);
    for (let name = 0; name < 5000; name++) kept.resolve(`p/${name}`, 'openai-chat');
    expect(looks).toBe(5001);
    kept.resolve('p/first', 'openai-chat');
    expect(looks).toBe(5002);
  });
});

test('whoever may be enabled in several ways is said to be so', () => {
  const definition = { ...definitionNamed('gamma'), enabledBy: ['GAMMA_KEY', 'GAMMA_LOGIN'] };
  const alone = new Router({ providers: [], disabled: [definition], aliases: {} });
  expect(() => alone.resolve('gamma/x', 'openai-chat')).toThrow('set GAMMA_KEY or GAMMA_LOGIN.');
});
