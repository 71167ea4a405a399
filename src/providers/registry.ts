/** The providers built in. Adding an OpenAI-compatible one is one file and one line here. */
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock/index.ts';
import { cerebras } from './cerebras.ts';
import { cohere } from './cohere.ts';
import { deepseek } from './deepseek.ts';
import { fireworks } from './fireworks.ts';
import { gemini } from './gemini.ts';
import { groq } from './groq.ts';
import { huggingface } from './huggingface.ts';
import { local } from './local.ts';
import { mistral } from './mistral.ts';
import { nvidiaNim } from './nvidia-nim.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { perplexity } from './perplexity.ts';
import type { ProviderDefinition } from './provider.ts';
import { sglang } from './sglang.ts';
import { together } from './together.ts';
import { vertex } from './vertex.ts';
import { vllm } from './vllm.ts';
import { xai } from './xai.ts';

export const builtInProviders: readonly ProviderDefinition[] = [
  anthropic,
  azure,
  bedrock,
  cerebras,
  cohere,
  deepseek,
  fireworks,
  gemini,
  groq,
  huggingface,
  local,
  mistral,
  nvidiaNim,
  ollama,
  openai,
  openrouter,
  perplexity,
  sglang,
  together,
  vertex,
  vllm,
  xai,
];
