/** Embeddings, free of any dialect's spelling: what is to be embedded and how, and vectors in both of their forms. */
import type { Carry } from './carry.ts';
import { GatewayError } from './errors.ts';
import type { JsonValue } from './json.ts';

/** What the vectors are for; models that tell them apart make others of the same text. */
export type EmbeddingTask =
  | 'query'
  | 'document'
  | 'similarity'
  | 'classification'
  | 'clustering'
  | 'question-answering'
  | 'fact-verification'
  | 'code-query';

export interface TextInput {
  readonly type: 'text';
  readonly text: string;
  /** Of the document the text is from. */
  readonly title?: string;
  readonly carry?: Carry;
}

/** `other`: an input of several parts, or one that is no text; it travels in its carry. */
export type EmbeddingInput =
  | TextInput
  | { readonly type: 'tokens'; readonly tokens: readonly JsonValue[] }
  | { readonly type: 'other'; readonly carry: Carry };

export interface EmbeddingCall {
  readonly inputs: readonly EmbeddingInput[];
  /** The inputs came in a list, be it a list of one. */
  readonly isList: boolean;
  /** The client's own name for the field the inputs are in. */
  readonly field: string;
  /** How long each vector shall be. */
  readonly dimensions?: number;
  readonly encoding?: 'float' | 'base64';
  readonly task?: EmbeddingTask;
  /** The task in the client's own word. */
  readonly nativeTask?: string;
}

/** Numbers, or in base64 the 32-bit floats they are, the lowest byte first. */
export type Vector = readonly number[] | string;

function bytesOf(base64: string): Uint8Array | undefined {
  // Read leniently: only what is no whole number of floats is no vector.
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return bytes.length > 0 && bytes.length % 4 === 0 ? bytes : undefined;
}

/** A vector as an upstream sent it; undefined for what is none. */
export function readVector(value: JsonValue | undefined): Vector | undefined {
  if (typeof value === 'string') return bytesOf(value) && value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((item) => typeof item === 'number') ? value : undefined;
}

export function floatsOf(vector: Vector): readonly number[] {
  if (typeof vector !== 'string') return vector;
  const bytes = bytesOf(vector);
  if (bytes === undefined) return [];
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
}

export function base64Of(vector: Vector): string {
  if (typeof vector === 'string') return vector;
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [at, value] of vector.entries()) view.setFloat32(at * 4, value, true);
  return Buffer.from(view.buffer).toString('base64');
}

/** The inputs for an API that takes text alone. Throws `unsupported_value`, naming the client's field. */
export function textsIn({ inputs, field }: EmbeddingCall): readonly TextInput[] {
  return inputs.map((input) => {
    if (input.type === 'text') return input;
    const what = input.type === 'tokens' ? 'token ids' : 'something else';
    const message = `The model's provider embeds texts: '${field}' holds ${what}. Send each as a text.`;
    throw new GatewayError('unsupported_value', message, { param: field });
  });
}

/** The input for an API that embeds a single text a call. Throws `unsupported_value`, naming the client's field. */
export function onlyTextIn(call: EmbeddingCall): TextInput {
  const texts = textsIn(call);
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  const { field } = call;
  const message = `The model's provider embeds one text a call: '${field}' holds ${texts.length}. Send each in a call of its own.`;
  throw new GatewayError('unsupported_value', message, { param: field });
}
