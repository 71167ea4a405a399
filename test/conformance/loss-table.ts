/** What becomes of each feature between each pair of dialects, found by doing it: the content of docs/translation.md. */
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Dialect, RequestLine } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { asJson, crossReply, crossRequest } from '../support/trips.ts';
import { essenceOfCall, essenceOfReply, keeps } from './essence.ts';
import { anthropicMessagesPhrases } from './features/anthropic-messages.ts';
import { bedrockConversePhrases } from './features/bedrock-converse.ts';
import type { Phrasebook, ReplyFeature, RequestFeature } from './features/feature.ts';
import { geminiPhrases } from './features/gemini.ts';
import { openaiChatPhrases } from './features/openai-chat.ts';
import { openaiResponsesPhrases } from './features/openai-responses.ts';

/**
 * `kept`: there and back again it says the same. `said`: the other side gets it, and has no way to say it back in the same
 * words. `warned`: dropped, and named in a warning. `refused`: a 400 that names it. `lost`: gone in silence, which must not be.
 */
export type Fate = 'kept' | 'said' | 'warned' | 'refused' | 'lost';

export interface Passage {
  readonly fate: Fate;
  /** The warnings or the refusal, or what came back instead. */
  readonly detail: string;
}

export const phrasebooks: Readonly<Record<ConversationDialect, Phrasebook>> = {
  'openai-chat': openaiChatPhrases,
  'openai-responses': openaiResponsesPhrases,
  'anthropic-messages': anthropicMessagesPhrases,
  gemini: geminiPhrases,
  'bedrock-converse': bedrockConversePhrases,
};

export function dialectNamed(name: ConversationDialect): Dialect {
  const dialect = dialects.get(name);
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
  return dialect;
}

/** The model decides what some writers may say; each pair is tried with one that can do the most. */
export const models: Readonly<Record<ConversationDialect, string>> = {
  'openai-chat': 'gpt-5',
  'openai-responses': 'gpt-5',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-3-pro-preview',
  'bedrock-converse': 'anthropic.claude-sonnet-4-5-20250929-v1:0',
};

function lineFor(name: ConversationDialect): RequestLine | undefined {
  const { line } = phrasebooks[name];
  return line && { ...line, model: models[name] };
}

function withModel(name: ConversationDialect, json: JsonObject): JsonObject {
  return json.model === undefined ? json : { ...json, model: models[name] };
}

export function requestPassage(
  from: ConversationDialect,
  to: ConversationDialect,
  feature: RequestFeature,
): Passage | undefined {
  const phrase = phrasebooks[from].requests[feature];
  if (phrase === undefined) return undefined;
  const [a, b] = [dialectNamed(from), dialectNamed(to)];
  const [lineA, lineB] = [lineFor(from), lineFor(to)];
  // The model is under the target's name on the other side.
  const json = withModel(to, phrase);
  const asked = lineA && { ...lineA, model: models[to] };
  const there = attempt(() => crossRequest(a, b, json, asked));
  if ('refusal' in there) return { fate: 'refused', detail: there.refusal };
  if (there.losses.length > 0) return { fate: 'warned', detail: there.losses.join(', ') };
  const back = attempt(() => crossRequest(b, a, there.written, lineB));
  if ('refusal' in back) return { fate: 'said', detail: `back: ${back.refusal}` };
  const wanted = essenceOfCall(a.listen.readRequest(json, asked), a);
  const found = essenceOfCall(a.listen.readRequest(back.written, asked), a);
  if (keeps(found, wanted)) return { fate: 'kept', detail: '' };
  if (back.losses.length > 0) return { fate: 'said', detail: `back: ${back.losses.join(', ')}` };
  return { fate: 'lost', detail: JSON.stringify({ there: there.written, back: back.written }) };
}

function attempt<T>(cross: () => T): T | { readonly refusal: string } {
  try {
    return cross();
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'unsupported_value')
      return { refusal: thrown.message };
    throw thrown;
  }
}

/** A reply of the upstream's dialect, as the client of another gets it. */
export function replyPassage(
  upstream: ConversationDialect,
  client: ConversationDialect,
  feature: ReplyFeature,
): Passage | undefined {
  const json = phrasebooks[upstream].replies[feature];
  if (json === undefined) return undefined;
  const [b, a] = [dialectNamed(upstream), dialectNamed(client)];
  const there = crossReply(b, a, json);
  const wanted = essenceOfReply(b.speak.readReply(json), b);
  const found = essenceOfReply(a.speak.readReply(asJson(there.written)), a);
  if (there.losses.length > 0) return { fate: 'warned', detail: there.losses.join(', ') };
  // What only the upstream's dialect knows is not to be found in another: the reader's losses have named it.
  if (keeps(found, { ...wanted, own: new Map() })) return { fate: 'kept', detail: '' };
  return { fate: 'lost', detail: JSON.stringify({ wanted: wanted.said, found: found.said }) };
}
