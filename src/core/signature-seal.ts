/**
 * How a model's proof of its own reasoning (a signature, encrypted reasoning, the signature of a tool call) keeps its meaning
 * on the way through another API and back. It opens at its origin alone, and clients give it back without saying whose it is:
 * so what crosses is sealed, and names its origin. A seal is base64, which every API's signature field takes, those that
 * decode it and encode it anew included; it keeps nothing secret and proves nothing, it is an envelope.
 */
import type { DialectName } from './dialect-name.ts';

/** Who can open a proof. Claude's own API and Bedrock open each other's. */
export type Origin = 'claude' | 'gemini' | 'openai-responses' | 'openai-chat';

/** `call`: the signature of a tool call. */
export type ProofKind = 'signature' | 'redacted' | 'call';

export interface Proof {
  readonly origin: string;
  readonly kind: ProofKind;
  /** As the origin said it, byte for byte. */
  readonly data: string;
  /** What must come back beside it: the origin's id of the reasoning; of a call, the call's id. */
  readonly id?: string;
  /** Of the text that is signed, in UTF-16 units, where the origin refuses any other text. */
  readonly textLength?: number;
}

/** Of 18 bytes, so that all seals begin with the same 24 characters. */
const mark = 'opengateway-sealed';
/** How every seal begins, in base64 of either alphabet. */
export const sealMark = 'b3BlbmdhdGV3YXktc2VhbGVk';

const origins: ReadonlyMap<DialectName, Origin> = new Map([
  ['anthropic-messages', 'claude'],
  ['bedrock-converse', 'claude'],
  ['anthropic-count-tokens', 'claude'],
  ['gemini', 'gemini'],
  ['openai-responses', 'openai-responses'],
  // Whoever stands behind it: no proof of theirs is known to open elsewhere.
  ['openai-chat', 'openai-chat'],
]);

/** Undefined for dialects without reasoning. */
export function originOf(dialect: DialectName): Origin | undefined {
  return origins.get(dialect);
}

/**
 * Whose a tool call's signature is that comes without a seal. In OpenAI Chat it stands in Google's own field, where only
 * Gemini's can be; an upstream of that API need not know the field.
 */
export function unsealedCallOriginOf(dialect: DialectName): Origin | undefined {
  return dialect === 'openai-chat' ? 'gemini' : originOf(dialect);
}

export function seal({ origin, kind, data, id, textLength }: Proof): string {
  const content = [origin, kind, data, id ?? null, textLength ?? null];
  return Buffer.from(mark + JSON.stringify(content), 'utf8').toString('base64');
}

export function isSealed(proof: string): boolean {
  return proof.startsWith(sealMark);
}

function isKind(text: unknown): text is ProofKind {
  return text === 'signature' || text === 'redacted' || text === 'call';
}

/** Undefined for what is no seal, or a broken one. */
export function openSeal(proof: string): Proof | undefined {
  if (!isSealed(proof)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(proof, 'base64').toString('utf8').slice(mark.length));
  } catch {
    return undefined;
  }
  if (!Array.isArray(content)) return undefined;
  const [origin, kind, data, id, textLength] = content as readonly unknown[];
  if (typeof origin !== 'string' || typeof data !== 'string' || !isKind(kind)) return undefined;
  return {
    origin,
    kind,
    data,
    ...(typeof id === 'string' && { id }),
    ...(typeof textLength === 'number' && { textLength }),
  };
}
