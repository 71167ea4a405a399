/** What every dialect of embeddings does alike: reading vectors into a frame, and the call's own part for embeddings. */
import type { Call } from '../core/call.ts';
import type { DialectName } from '../core/dialect-name.ts';
import { type EmbeddingCall, readVector, type Vector } from '../core/embedding.ts';
import type { UpstreamRefusal } from '../core/errors.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { ReplyFrame } from '../core/reply.ts';
import type { Usage } from '../core/usage.ts';

export function embeddingIn({ embedding }: Call): EmbeddingCall {
  if (embedding === undefined) throw new Error('a call for embeddings was read without any');
  return embedding;
}

/** A client of another dialect gets no empty success. */
const noVectors: UpstreamRefusal = {
  shape: 'none',
  status: 502,
  message: 'The provider’s reply holds no embeddings, or not as numbers.',
  type: null,
  code: 'upstream_malformed',
  param: null,
  rest: {},
};

export interface EmbeddingReply {
  readonly json: JsonObject;
  /** Each vector as it was sent, in the order of the inputs; undefined where the reply has no place for them. */
  readonly vectors: readonly (JsonValue | undefined)[] | undefined;
  readonly usage: Usage | undefined;
  readonly model?: string | undefined;
}

/** The vectors are only observed: a writer of the same dialect finds them in the carry. */
export function embeddingFrame(
  dialect: DialectName,
  { json, vectors, usage, model }: EmbeddingReply,
): ReplyFrame {
  const read = vectors?.map(readVector).filter((vector): vector is Vector => vector !== undefined);
  const isWhole = read !== undefined && read.length > 0 && read.length === vectors?.length;
  return {
    ...(model !== undefined && { model }),
    events: usage === undefined ? [] : [{ type: 'usage', usage }],
    ...(isWhole ? { vectors: read } : { failure: noVectors }),
    carry: { dialect, fields: json },
  };
}
