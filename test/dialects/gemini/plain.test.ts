/** Embeddings and token counts, the paths of every verb, and the model in a body. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { outlineJson } from '../../../src/core/json-outline.ts';
import { usageOf } from '../../../src/core/reply.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { geminiBatchEmbed } from '../../../src/dialects/gemini-batch-embed.ts';
import { geminiCountTokens } from '../../../src/dialects/gemini-count-tokens.ts';
import { geminiEmbedContent } from '../../../src/dialects/gemini-embed-content.ts';

test.each([
  [gemini, 'gemini-2.5-flash', false, '/models/gemini-2.5-flash:generateContent'],
  [gemini, 'gemini-2.5-flash', true, '/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
  [gemini, 'models/m', false, '/models/m:generateContent'],
  [gemini, 'tunedModels/m', false, '/tunedModels/m:generateContent'],
  [geminiEmbedContent, 'e', false, '/models/e:embedContent'],
  [geminiBatchEmbed, 'e', false, '/models/e:batchEmbedContents'],
  [geminiCountTokens, 'e', false, '/models/e:countTokens'],
] as const)('the path of %o for %s', (dialect, model, stream, path) => {
  expect(dialect.speak.path({ model, stream })).toBe(path);
});

test.each(['../../x', 'a?b=c', 'a#b', 'models/../y', 'models/..', 'a/b', '\ud800', '%2e%2e/x'])(
  'no model name leaves its place in the path: %j',
  (model) => {
    const base = 'https://h.test/v1beta';
    const url = new URL(base + gemini.speak.path({ model, stream: false }));
    expect(url.pathname).toMatch(/^\/v1beta\/models\/[^/]+:generateContent$/);
    expect(url.search + url.hash).toBe('');
  },
);

function rewritten(json: JsonObject, from: string, to: string): JsonObject {
  const text = JSON.stringify(json);
  const body = { text, json, outline: outlineJson(text, new Set(), 64) };
  const head = { model: from, stream: false, wantsUsage: true };
  const written = geminiBatchEmbed.rewriteRequest(body, head, { model: to, askForUsage: false });
  return JSON.parse(written) as JsonObject;
}

describe('the model in a body', () => {
  test('follows the one in the path, wherever it stands', () => {
    expect(
      rewritten({ model: 'models/p/e', requests: [{ model: 'models/p/e', content: {} }, 1, {}] }, 'p/e', 'e'),
    ).toEqual({ model: 'models/e', requests: [{ model: 'models/e', content: {} }, 1, {}] });
    expect(rewritten({ generateContentRequest: { model: 'x', contents: [] } }, 'x', 'tunedModels/y')).toEqual(
      {
        generateContentRequest: { model: 'tunedModels/y', contents: [] },
      },
    );
  });

  test('is left alone where the name stays', () => {
    const json = { requests: [{ model: 'anything' }] };
    expect(rewritten(json, 'e', 'e')).toEqual(json);
  });
});

test.each([
  [geminiEmbedContent, {}, 'content'],
  [geminiBatchEmbed, {}, 'requests'],
  [geminiBatchEmbed, { requests: 'x' }, 'requests'],
  [geminiCountTokens, {}, 'contents'],
] as const)('%o refuses %j, naming %s', (dialect, json, param) => {
  expect(() => dialect.listen.readHead(json, { model: 'm' })).toThrow(`'${param}'`);
});

test('usage where it is reported', () => {
  const reply = { embeddings: [], usageMetadata: { promptTokenCount: 4 } };
  expect(geminiBatchEmbed.observe(reply)).toEqual({ usage: { inputTokens: 4, outputTokens: 0 } });
  expect(usageOf(geminiBatchEmbed.speak.readReply(reply))).toEqual({ inputTokens: 4, outputTokens: 0 });
  expect(geminiCountTokens.observe({ totalTokens: 9 })).toEqual({});
});
