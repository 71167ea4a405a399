/** opencode edits a file through upstreams of every family, asked as an OpenAI-compatible server and as Anthropic's. */
import { expect, test } from 'bun:test';
import { agentSuite, count, expectBytesKept, expectSignaturesBack } from './suite.ts';

const converse = 'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
const compatible = ['chat/my-model', 'anthropic/my-model', 'gemini/my-model'];
const anthropic = ['claude-sonnet-4-5', 'chat/my-model', converse];

agentSuite(
  'opencode',
  [
    ...compatible.map((model) => ({ agent: 'opencode-compatible', model }) as const),
    ...anthropic.map((model) => ({ agent: 'opencode-anthropic', model }) as const),
  ],
  (find) => {
    test('the bodies of its own dialects arrive to the byte', () => {
      expectBytesKept(find('claude-sonnet-4-5', 'opencode-anthropic'));
    });

    test.each(['claude-sonnet-4-5', 'chat/my-model', converse])('%s: signatures come back', (model) =>
      expectSignaturesBack(find(model, 'opencode-anthropic')),
    );

    test('each cache mark is a cache point', () => {
      const { sent, arrived } = find(converse);
      const marks = sent.map(({ text }) => count(text, '"cache_control"'));
      expect(Math.min(...marks)).toBeGreaterThan(0);
      expect(arrived.map(({ text }) => count(text, '"cachePoint"'))).toEqual(marks);
    });
  },
);
