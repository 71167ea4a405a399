/** Whose errors a request gets that reaches no call: those of the API it was meant for, as far as it shows. */
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts';
import { bedrockConverse } from '../dialects/bedrock-converse/index.ts';
import type { Voice } from '../dialects/dialect.ts';
import { gemini } from '../dialects/gemini/index.ts';
import { openaiChat } from '../dialects/openai-chat/index.ts';

const byPath: readonly (readonly [RegExp, Voice])[] = [
  [/^\/(?:anthropic\/|(?:v1\/)?messages(?:\/|$))/, anthropicMessages.listen],
  [/^\/v1(?:alpha|beta)\//, gemini.listen],
  [/^\/model\//, bedrockConverse.listen],
];

/** Google's SDKs ask below `/v1` too; what tells them and Anthropic's apart from OpenAI's there is a header. */
function byHeader(headers: Headers): Voice {
  if (headers.has('anthropic-version')) return anthropicMessages.listen;
  return headers.has('x-goog-api-key') ? gemini.listen : openaiChat.listen;
}

export function voiceFor({ url, headers }: Request): Voice {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const path = start === -1 ? '/' : url.slice(start);
  return byPath.find(([pattern]) => pattern.test(path))?.[1] ?? byHeader(headers);
}
