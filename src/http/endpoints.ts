/** The inference routes: which path speaks which dialect. */
import { anthropicCountTokens } from '../dialects/anthropic-count-tokens.ts';
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts';
import { bedrockConverse } from '../dialects/bedrock-converse/index.ts';
import { readBedrockLine } from '../dialects/bedrock-converse/request-line.ts';
import type { RequestLine } from '../dialects/dialect.ts';
import { readGeminiLine } from '../dialects/gemini/request-line.ts';
import { openaiChat } from '../dialects/openai-chat/index.ts';
import { openaiCompletions } from '../dialects/openai-completions.ts';
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts';
import { openaiResponses } from '../dialects/openai-responses/index.ts';
import { dialects } from '../dialects/registry.ts';
import type { InferenceEndpoint } from '../pipeline/call-context.ts';

/** Clients of Anthropic's API differ in what they take for its base URL. */
const messagesPaths = ['/v1/messages', '/messages', '/anthropic/v1/messages'];

/** Routes whose path says nothing of the call. */
export const endpoints: readonly InferenceEndpoint[] = [
  { path: '/v1/chat/completions', dialect: openaiChat },
  { path: '/v1/responses', dialect: openaiResponses },
  { path: '/v1/completions', dialect: openaiCompletions },
  { path: '/v1/embeddings', dialect: openaiEmbeddings },
  ...messagesPaths.flatMap((path) => [
    { path, dialect: anthropicMessages },
    { path: `${path}/count_tokens`, dialect: anthropicCountTokens },
  ]),
];

/** Routes whose path names the model, and more. */
export interface PatternRoute {
  readonly pattern: string;
  /** The endpoint for a URL that matched the pattern; undefined for one that is none of the API's. */
  readonly find: (url: string) => InferenceEndpoint | undefined;
}

/** What its readers found in the URL, kept for the pipeline, which asks once more. */
function lineReader(read: (url: string) => RequestLine | undefined) {
  return (url: string): RequestLine => read(url) ?? {};
}

function geminiRoute(pattern: string): PatternRoute {
  const readLine = lineReader(readGeminiLine);
  const known = new Map(
    [...dialects.values()].map((dialect) => [
      dialect.name,
      { path: `${pattern}:${dialect.name}`, dialect, readLine },
    ]),
  );
  return {
    pattern,
    find(url) {
      const line = readGeminiLine(url);
      return line && known.get(line.dialect);
    },
  };
}

const converse: InferenceEndpoint = {
  path: '/model/*',
  dialect: bedrockConverse,
  readLine: lineReader(readBedrockLine),
};

export const patternRoutes: readonly PatternRoute[] = [
  ...['/v1beta/*', '/v1beta/models/*', '/v1/models/*'].map(geminiRoute),
  { pattern: '/model/*', find: (url) => (readBedrockLine(url) === undefined ? undefined : converse) },
];
