/** The same ordinary call in each dialect, as its clients send it, and the providers it can be sent to. */
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import type { Options } from './options.ts';
import type { Processes } from './processes.ts';
import { gatewayEnv, nothingKept, type Start } from './subject.ts';

const system =
  'You answer questions about geography in one or two short sentences, and say so when you do not know.';
const question =
  'What is the capital of France, and roughly how many people live in it and in the towns around it?';

export interface DialectCall {
  readonly path: string;
  readonly body: string;
}

/** The provider behind which the upstream speaks the dialect. */
const providerOf: Readonly<Record<ConversationDialect, string>> = {
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  'anthropic-messages': 'anthropic',
  gemini: 'gemini',
  'bedrock-converse': 'bedrock',
};

const messages = [{ role: 'user', content: question }];
const calls: Readonly<Record<ConversationDialect, (model: string, stream: boolean) => DialectCall>> = {
  'openai-chat': (model, stream) => ({
    path: '/v1/chat/completions',
    body: JSON.stringify({
      model,
      messages: [{ role: 'system', content: system }, ...messages],
      temperature: 0.2,
      max_tokens: 128,
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
  }),
  'openai-responses': (model, stream) => ({
    path: '/v1/responses',
    body: JSON.stringify({
      model,
      instructions: system,
      input: question,
      max_output_tokens: 128,
      ...(stream && { stream }),
    }),
  }),
  'anthropic-messages': (model, stream) => ({
    path: '/v1/messages',
    body: JSON.stringify({ model, max_tokens: 128, system, messages, ...(stream && { stream }) }),
  }),
  gemini: (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: system }] },
      contents: [{ role: 'user', parts: [{ text: question }] }],
      generationConfig: { maxOutputTokens: 128, temperature: 0.2 },
    }),
  }),
  'bedrock-converse': (model, stream) => ({
    path: `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`,
    body: JSON.stringify({
      system: [{ text: system }],
      messages: [{ role: 'user', content: [{ text: question }] }],
      inferenceConfig: { maxTokens: 128, temperature: 0.2 },
    }),
  }),
};

export function callIn(
  client: ConversationDialect,
  upstream: ConversationDialect,
  stream: boolean,
): DialectCall {
  return calls[client](`${providerOf[upstream]}/bench`, stream);
}

/** A gateway whose providers speak one dialect each, all to the same upstream. */
export function dialectGateway(processes: Processes, options: Options, upstreamPort: number): Start {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const key = 'sk-bench-upstream';
  return {
    name: 'gateway',
    command: () => [options.gateway, '--config', `${processes.dir}/dialects.json`],
    env: (port) => ({
      ...gatewayEnv(processes, port),
      ...nothingKept,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: `${upstream}/v1`,
      GEMINI_API_KEY: key,
      GEMINI_BASE_URL: `${upstream}/v1beta`,
      AWS_BEARER_TOKEN_BEDROCK: key,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream,
    }),
    stdout: options.log ?? `${processes.dir}/gateway.log`,
    body: callIn('openai-chat', 'openai-chat', false).body,
  };
}

export function dialectConfig(upstreamPort: number): string {
  const baseUrl = `http://127.0.0.1:${upstreamPort}/v1`;
  return JSON.stringify({
    providers: { chat: { baseUrl }, responses: { baseUrl, dialects: ['openai-responses'] } },
  });
}
