/** What becomes of each feature between each pair of dialects, found by doing it: the content of docs/translation.md. */
import type { Call, Tool } from '../../src/core/call.ts';
import { textArgument } from '../../src/core/custom-calls.ts';
import type { ConversationDialect } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { originOf, type Proof, seal } from '../../src/core/signature-seal.ts';
import type { Dialect, RequestLine } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { asJson, crossReply, crossRequest } from '../support/trips.ts';
import { type Essence, essenceOfCall, essenceOfReply, keeps, says } from './essence.ts';
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

/** Proofs come back to their origin sealed: as a client has them after a reply of the target's. */
function withSeals(json: JsonObject, call: Call, to: ConversationDialect): JsonObject {
  const origin = originOf(to) ?? '';
  const proofs = call.messages
    .flatMap(({ parts }) => parts)
    .flatMap((part): Proof[] => {
      if (part.type === 'tool-call')
        return part.signature === undefined ? [] : [{ origin, kind: 'call', data: part.signature }];
      if (part.type !== 'reasoning') return [];
      if (part.redacted !== undefined) return [{ origin, kind: 'redacted', data: part.redacted }];
      return part.signature === undefined ? [] : [{ origin, kind: 'signature', data: part.signature }];
    });
  return proofs.reduce(
    (text, proof) =>
      JSON.parse(JSON.stringify(text).replaceAll(`"${proof.data}"`, `"${seal(proof)}"`)) as JsonObject,
    json,
  );
}

const proofFeatures: ReadonlySet<RequestFeature> = new Set([
  'the signature of a tool call',
  'earlier reasoning with its signature',
  'earlier reasoning, redacted',
]);

/** What the target finds is what counts: back, it would be another's. */
function proofPassage(
  from: ConversationDialect,
  to: ConversationDialect,
  feature: RequestFeature,
  json: JsonObject,
  line: RequestLine | undefined,
): Passage {
  const [a, b] = [dialectNamed(from), dialectNamed(to)];
  const call = a.listen.readRequest(json, line);
  // No call of this target was ever signed by it.
  const isOfTarget = feature !== 'the signature of a tool call' || b.signsCalls === true;
  const there = crossRequest(a, b, isOfTarget ? withSeals(json, call, to) : json, line);
  if (there.losses.length > 0) return { fate: 'warned', detail: there.losses.join(', ') };
  const wanted = essenceOfCall(call, a);
  const found = essenceOfCall(b.listen.readRequest(there.written, lineFor(to)), b);
  const isKept = says(conversationIn(found), conversationIn(wanted));
  return isKept
    ? { fate: 'kept', detail: '' }
    : { fate: 'lost', detail: JSON.stringify({ there: there.written }) };
}

function conversationIn({ said }: Essence): JsonValue | undefined {
  return isObject(said) ? said.messages : undefined;
}

function isOfText(tool: Tool): boolean {
  const properties = tool.type === 'function' ? tool.parameters?.properties : undefined;
  return isObject(properties) && Object.keys(properties).join() === textArgument;
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
  if (proofFeatures.has(feature)) return proofPassage(from, to, feature, json, asked);
  const there = attempt(() => crossRequest(a, b, json, asked));
  if ('refusal' in there) return { fate: 'refused', detail: there.refusal };
  if (there.losses.length > 0) return { fate: 'warned', detail: there.losses.join(', ') };
  const back = attempt(() => crossRequest(b, a, there.written, lineB));
  if ('refusal' in back) return { fate: 'said', detail: `back: ${back.refusal}` };
  const wanted = essenceOfCall(a.listen.readRequest(json, asked), a);
  const found = essenceOfCall(a.listen.readRequest(back.written, asked), a);
  if (keeps(found, wanted)) return { fate: 'kept', detail: '' };
  const tools = b.listen.readRequest(there.written, lineB).tools ?? [];
  if (feature === 'a custom tool (plain text)' && tools.every(isOfText))
    return { fate: 'said', detail: 'as a function of one text' };
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
