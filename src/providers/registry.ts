/** The providers built in. Adding an OpenAI-compatible one is one file and one line here. */
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { local } from './local.ts';
import { openai } from './openai.ts';
import type { ProviderDefinition } from './provider.ts';

export const builtInProviders: readonly ProviderDefinition[] = [openai, anthropic, gemini, local];
