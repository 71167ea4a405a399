/** Providers made up for tests of routing. */

import type { DialectName } from '../../src/core/dialect-name.ts';
import type { Provider, ProviderDefinition } from '../../src/providers/provider.ts';
import { type FetchLike, fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { noTransport } from '../support/fetch-through.ts';

export interface PartyOptions {
  readonly prefixes?: readonly string[];
  readonly models?: readonly string[];
  readonly dialects?: readonly DialectName[];
  readonly transport?: FetchLike;
  readonly listsModels?: boolean;
}

export function providerNamed(name: string, options: PartyOptions = {}): Provider {
  return {
    name,
    prefixes: options.prefixes ?? [`${name}/`],
    models: options.models ?? [],
    dialects: new Set(options.dialects ?? ['openai-chat']),
    baseUrl: `http://${name}.invalid/v1`,
    credential: undefined,
    secrets: [],
    headers: {},
    forwardHeaders: [],
    replyHeaders: [],
    quirks: { streamUsage: true },
    transport: options.transport === undefined ? noTransport : fetchTransport(options.transport),
    listsModels: options.listsModels ?? true,
  };
}

export function definitionNamed(name: string, models: readonly string[] = []): ProviderDefinition {
  return {
    name,
    prefixes: [`${name}/`],
    models,
    dialects: ['openai-chat'],
    enabledBy: `${name.toUpperCase()}_API_KEY`,
    keyVariable: `${name.toUpperCase()}_API_KEY`,
    baseUrlVariable: `${name.toUpperCase()}_BASE_URL`,
    forwardHeaders: [],
    replyHeaders: [],
    quirks: { streamUsage: true },
  };
}
