/** Gemini CLI edits a file through upstreams of every family. */
import { test } from 'bun:test';
import { agentSuite, expectBytesKept, expectSignaturesBack } from './suite.ts';

const models = [
  'gemini-3-pro',
  'anthropic/my-model',
  'chat/my-model',
  'respond/my-model',
  'bedrock/my-model',
];

agentSuite(
  'Gemini CLI',
  models.map((model) => ({ agent: 'gemini-cli', model }) as const),
  (find) => {
    test('the body arrives to the byte', () => expectBytesKept(find('gemini-3-pro')));
    test('signatures come back', () => expectSignaturesBack(find('gemini-3-pro')));
  },
);
