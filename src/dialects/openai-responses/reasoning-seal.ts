/**
 * How encrypted reasoning keeps its meaning on the way through another API and back. Reasoning opens only at its origin,
 * and clients give it back without saying whose it is, so what crosses is sealed: base64 (which every API's signature field
 * takes, those that decode it included) of a mark and what must come back.
 *
 * - A Responses upstream's `encrypted_content` crosses with the id of its item, without which the API refuses it, as the
 *   `signature` (or, where no text was shown, the `redacted`) of reasoning in the client's dialect.
 * - Another upstream's signature reaches a Responses client as the `encrypted_content` of a reasoning item. So does the
 *   signature of a tool call, in an item of its own.
 */
import type { JsonValue } from '../../core/json.ts';

/** Marks are of 18 bytes, so that all they seal begins with the same 24 characters. */
const ownMark = 'openai-responses/1';
const foreignMark = 'opengateway-sealed';

export interface OwnReasoning {
  /** The reasoning item's. */
  readonly id: string;
  readonly encrypted: string;
}

export interface ForeignReasoning {
  /** `call`: the signature of the tool call named. */
  readonly kind: 'signature' | 'redacted' | 'call';
  readonly data: string;
  readonly callId?: string;
}

function seal(mark: string, content: JsonValue): string {
  return Buffer.from(mark + JSON.stringify(content), 'utf8').toString('base64');
}

function open(mark: string, sealed: string): string[] | undefined {
  if (!sealed.startsWith(Buffer.from(mark, 'utf8').toString('base64'))) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(sealed, 'base64').toString('utf8').slice(mark.length));
    return Array.isArray(content) && content.every((entry) => typeof entry === 'string')
      ? content
      : undefined;
  } catch {
    return undefined;
  }
}

export function sealOwn({ id, encrypted }: OwnReasoning): string {
  return seal(ownMark, [id, encrypted]);
}

/** Undefined for what no Responses upstream made. */
export function openOwn(sealed: string | undefined): OwnReasoning | undefined {
  const [id, encrypted] = (sealed !== undefined && open(ownMark, sealed)) || [];
  return id === undefined || encrypted === undefined ? undefined : { id, encrypted };
}

export function sealForeign({ kind, data, callId }: ForeignReasoning): string {
  return seal(foreignMark, callId === undefined ? [kind, data] : [kind, data, callId]);
}

/** Undefined for what a Responses upstream made. */
export function openForeign(sealed: string): ForeignReasoning | undefined {
  const [kind, data, callId] = open(foreignMark, sealed) ?? [];
  if (data === undefined) return undefined;
  if (kind === 'signature' || kind === 'redacted') return { kind, data };
  return kind === 'call' && callId !== undefined ? { kind, data, callId } : undefined;
}
