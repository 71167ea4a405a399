/** What a call is taken to need: text by its bytes, files by none, prices to the nano-dollar. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/core/json.ts';
import { estimateOf, promptTokensOf, roughPromptTokens } from '../../src/ledger/estimate.ts';
import { UsualOutput } from '../../src/ledger/usual-output.ts';
import { providerNamed } from '../routing/party.ts';

const file = Buffer.alloc(600_000, 7).toString('base64');

describe('the prompt', () => {
  test.each<[string, JsonObject, number, number]>([
    ['nothing', {}, 0, 0],
    ['a sentence', { messages: [{ role: 'user', content: 'The quick brown fox jumps.' }] }, 8, 16],
    ['a long text', { messages: [{ content: 'word '.repeat(4000) }] }, 5000, 5010],
    ['Chinese, by its bytes', { prompt: '漢字'.repeat(500) }, 750, 755],
    ['tokens that were counted before', { input: [1, 2, 3, 40_000] }, 4, 6],
    ['lists of such', { input: [[1, 2, 3], [4]] }, 4, 6],
    ['text that only looks like a file', { messages: [{ content: 'A'.repeat(40_000) }] }, 10_000, 10_010],
    [
      'text with a data URL in it',
      { messages: [{ content: `data:image/png;base64,${file}` }] },
      200_000,
      200_100,
    ],
    [
      'an image of OpenAI’s',
      {
        messages: [{ content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${file}` } }] }],
      },
      1500,
      1530,
    ],
    [
      'the address of one',
      { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] },
      1500,
      1530,
    ],
    [
      'one of the Responses API',
      { input: [{ content: [{ type: 'input_image', image_url: `data:image/png;base64,${file}` }] }] },
      1500,
      1530,
    ],
    [
      'one of Anthropic’s',
      { messages: [{ content: [{ type: 'image', source: { type: 'base64', data: file } }] }] },
      1500,
      1530,
    ],
    [
      'one of Google’s',
      { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: file } }] }] },
      1500,
      1530,
    ],
    ['one of Bedrock’s', { messages: [{ content: [{ image: { source: { bytes: file } } }] }] }, 1500, 1530],
    [
      'a recording and a document',
      {
        messages: [
          { content: [{ input_audio: { data: file, format: 'wav' } }, { file: { file_data: file } }] },
        ],
      },
      3000,
      3040,
    ],
  ])('%s', (_what, body, least, most) => {
    expect(promptTokensOf(body)).toBeWithin(least, most + 1);
  });

  test('nests as deep as bodies may', () => {
    let body: JsonObject = { content: 'deep' };
    for (let depth = 0; depth < 10_000; depth++) body = { a: body };
    expect(promptTokensOf(body)).toBeGreaterThan(2000);
  });
});

describe('the prompt, told by its length', () => {
  test.each<[string, string, number, number]>([
    ['a short one', '{"messages":[]}', 4, 4],
    ['a long text', `{"content":"${'word '.repeat(40_000)}"}`, 50_000, 50_010],
    ['a file', `{"data":"${file}"}`, 1500, 60_000],
    ['half text, half a file', `{"text":"${'word '.repeat(160_000)}","data":"${file}"}`, 190_000, 260_000],
  ])('%s', (_what, text, least, most) => {
    expect(roughPromptTokens(text)).toBeWithin(least, most + 1);
  });
});

describe('the cost', () => {
  const dime = { rates: { request: 100_000_000_000_000 } };

  test.each([
    ['of a call that is $0.10 whatever it says', 1234, 5678, dime, undefined, 100_000_000],
    [
      'of tokens',
      1000,
      10,
      { rates: { input: 2_500_000_000, output: 10_000_000_000 } },
      undefined,
      2_600_000,
    ],
    ['of none', 1000, 10, undefined, undefined, 0],
    ['of the tier of service that is asked for', 10, 0, tiered(), 'priority', 20],
    ['of a tier without a price of its own', 10, 0, tiered(), 'constructor', 10],
  ])('%s', (_what, input, output, price, service, cost) => {
    expect(estimateOf(input, output, price, service)).toEqual({ tokens: input + output, costNanoUsd: cost });
  });

  test('of an absurd wish is absurd, and a whole number', () => {
    const { tokens, costNanoUsd } = estimateOf(1, 1e300, { rates: { output: 75_000_000_000 } });
    expect(Number.isSafeInteger(tokens) && Number.isSafeInteger(costNanoUsd)).toBe(true);
    expect(costNanoUsd).toBe(Number.MAX_SAFE_INTEGER);
  });
});

function tiered() {
  return { rates: { input: 1_000_000 }, services: { priority: { rates: { input: 2_000_000 } } } };
}

test('what a model usually writes follows what it wrote', () => {
  const usual = new UsualOutput(500);
  const [one, other] = ['a', 'b'].map((model) => ({ provider: providerNamed('p'), model }));
  if (one === undefined || other === undefined) throw new Error('no targets');
  expect(usual.of(one)).toBe(500);
  for (let reply = 0; reply < 60; reply++) usual.learn(one, 40);
  expect(usual.of(one)).toBe(41);
  usual.learn(one, 8040);
  expect(usual.of(one)).toBeWithin(1000, 1100);
  expect(usual.of(other)).toBe(500);
});
