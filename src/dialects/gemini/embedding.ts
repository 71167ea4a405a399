/** A dialect of Gemini's for embeddings: one request, or many of them, and as many vectors. */
import type { Call } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import type { EmbeddingDialect } from '../../core/dialect-name.ts';
import { type EmbeddingCall, floatsOf, type Vector } from '../../core/embedding.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { usageOf } from '../../core/reply.ts';
import type { Dialect } from '../dialect.ts';
import { embeddingFrame, embeddingIn } from '../embedding-frame.ts';
import { fieldOf } from './fields.ts';
import { definePlainDialect } from './plain.ts';
import { rewriteJson } from './rewrite.ts';
import { readUsage } from './usage.ts';

export interface EmbeddingForm {
  readonly name: EmbeddingDialect;
  readonly verb: string;
  readonly check: (json: JsonObject) => void;
  /** Throws nothing: what cannot be said elsewhere is found by `checkCrossing`. */
  readonly read: (json: JsonObject) => { readonly embedding: EmbeddingCall; readonly fields: JsonObject };
  readonly checkCrossing?: (call: Call) => void;
  readonly restore: (call: Call, fields: JsonObject) => JsonObject;
  /** A call of another dialect. Throws `unsupported_value` for what is no text, or too many. */
  readonly write: (embedding: EmbeddingCall, model: string) => JsonObject;
  readonly vectors: (json: JsonObject) => (JsonValue | undefined)[] | undefined;
  readonly reply: (values: readonly { values: number[] }[]) => JsonObject;
  readonly formKeys: readonly string[];
}

export function valuesIn(embedding: JsonValue | undefined): JsonValue | undefined {
  return isObject(embedding) ? embedding.values : undefined;
}

function valuesOf(vector: Vector): { values: number[] } {
  return { values: [...floatsOf(vector)] };
}

export function defineEmbeddingDialect(form: EmbeddingForm): Dialect {
  const { name, verb, check, checkCrossing } = form;
  const plain = definePlainDialect({ name, verb, check });
  return {
    ...plain,
    listen: {
      ...plain.listen,
      readRequest(json, line) {
        const { model, stream } = plain.listen.readHead(json, line);
        const { embedding, fields } = form.read(json);
        return { model, stream, messages: [], sampling: {}, embedding, carry: { dialect: name, fields } };
      },
      ...(checkCrossing !== undefined && { checkCrossing }),
      writeReply(frame) {
        if (frame.carry.dialect === name) return carriedFields(frame.carry, name);
        const usage = usageOf(frame);
        const told = usage && { usageMetadata: { promptTokenCount: usage.inputTokens } };
        return { ...form.reply((frame.vectors ?? []).map(valuesOf)), ...told };
      },
      formKeys: new Set([...plain.listen.formKeys, ...form.formKeys]),
    },
    speak: {
      ...plain.speak,
      writeRequest(call, { model }, losses) {
        if (call.carry.dialect === name) {
          const fields = form.restore(call, carriedFields(call.carry, name));
          return call.model === model ? fields : rewriteJson(fields, model);
        }
        if (call.endUser !== undefined) losses.add('user');
        return form.write(embeddingIn(call), model);
      },
      readReply: (json) =>
        embeddingFrame(name, {
          json,
          vectors: form.vectors(json),
          usage: readUsage(fieldOf(json, 'usageMetadata')),
        }),
    },
  };
}
