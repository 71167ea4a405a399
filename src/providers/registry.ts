/** The providers built in. Adding an OpenAI-compatible one is one file and one line here. */
import { bedrock } from './bedrock/index.ts';
import { local } from './local.ts';
import { openai } from './openai.ts';
import type { ProviderDefinition } from './provider.ts';

export const builtInProviders: readonly ProviderDefinition[] = [openai, bedrock, local];
