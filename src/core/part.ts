/** The pieces a message is made of, in a request. */
import type { Carry } from './carry.ts';

export type Part =
  | TextPart
  | MediaPart
  | RefusalPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  /** Content of a kind the reading dialect passes on without a type of its own here. */
  | { readonly type: 'other'; readonly carry: Carry };

/** Up to here the prompt may be kept by the provider and read again at a lower price. */
export interface CacheMark {
  /** How long it is kept; absent means the provider's default. */
  readonly ttl?: string;
}

interface PartBase {
  /** A cache mark at the end of this part. */
  readonly cache?: CacheMark;
  readonly carry?: Carry;
}

export interface TextPart extends PartBase {
  readonly type: 'text';
  readonly text: string;
}

export interface MediaPart extends PartBase {
  readonly type: 'media';
  readonly kind: 'image' | 'audio' | 'video' | 'document';
  readonly source: MediaSource;
  /** File name or title. */
  readonly name?: string;
  /** How closely an image is looked at: OpenAI's `low`, `high` or `auto`, which is what silence means. */
  readonly detail?: string;
}

export type MediaSource =
  /** An address the provider fetches itself: http(s), s3 or gs. */
  | { readonly type: 'url'; readonly url: string; readonly mediaType?: string }
  | { readonly type: 'base64'; readonly mediaType: string; readonly data: string }
  /** A file uploaded to the provider before. */
  | { readonly type: 'file'; readonly id: string }
  /** A document given as its text. */
  | { readonly type: 'text'; readonly text: string };

export interface RefusalPart extends PartBase {
  readonly type: 'refusal';
  readonly text: string;
}

/** What a model thought, given back to it. Signatures and redacted data go back byte for byte, to their origin alone. */
export interface ReasoningPart extends PartBase {
  readonly type: 'reasoning';
  readonly text: string;
  readonly signature?: string;
  /** Encrypted reasoning that stands in the place of text. */
  readonly redacted?: string;
  /** The origin's own, where it must come back beside the proof. */
  readonly id?: string;
}

export interface ToolCallPart extends PartBase {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** `function`: JSON text as the model wrote it, which may be empty or cut short. `custom`: plain text. */
  readonly arguments: string;
  readonly kind?: 'function' | 'custom';
  /** Gemini's `thoughtSignature` of the call. */
  readonly signature?: string;
}

export interface ToolResultPart extends PartBase {
  readonly type: 'tool-result';
  /** Which call it answers. */
  readonly toolCallId: string;
  /** The tool's name, where the dialect says it. */
  readonly name?: string;
  readonly parts: readonly Part[];
  readonly plainText: boolean;
  readonly isError?: boolean;
}

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+);base64,/;

/** A URL as a source: a `data:` URL in its plain form is taken apart, and `urlOf` puts it together again to the byte. */
export function sourceOfUrl(url: string): MediaSource {
  const head = dataUrl.exec(url.slice(0, 128));
  if (head?.[1] === undefined) return { type: 'url', url };
  return { type: 'base64', mediaType: head[1], data: url.slice(head[0].length) };
}

/** Undefined for a source that has no URL. */
export function urlOf(source: MediaSource): string | undefined {
  if (source.type === 'url') return source.url;
  return source.type === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined;
}
