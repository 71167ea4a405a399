/** A dialect of Gemini's that is no conversation: the head is checked, the rest of the request travels in its carry. */
import { carriedFields } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import type { CallHead, Dialect, RequestLine } from '../dialect.ts';
import { writeError } from './error.ts';
import { fieldOf } from './fields.ts';
import { formKeys } from './form-keys.ts';
import { modelOf } from './head.ts';
import { renamedBody, rewriteJson } from './rewrite.ts';
import { pathOf, speakGemini } from './speak.ts';
import { createStreamWriter, streamType } from './stream-writer.ts';
import { createStreamTap } from './tap.ts';
import { readUsage } from './usage.ts';

export interface PlainDialectOptions {
  readonly name: DialectName;
  /** What follows the colon in the path. */
  readonly verb: string;
  /** Throws for a body that lacks what the verb needs. */
  readonly check: (json: JsonObject) => void;
}

export function definePlainDialect({ name, verb, check }: PlainDialectOptions): Dialect {
  const readHead = (json: JsonObject, line?: RequestLine): CallHead => {
    check(json);
    return { model: modelOf(json, line), stream: false, wantsUsage: true };
  };
  const readReply = (json: JsonObject): ReplyFrame => {
    const usage = readUsage(fieldOf(json, 'usageMetadata'));
    return {
      events: usage === undefined ? [] : [{ type: 'usage', usage }],
      carry: { dialect: name, fields: json },
    };
  };
  return {
    name,
    listen: {
      readHead,
      readRequest(json, line) {
        const { model, stream } = readHead(json, line);
        return { model, stream, messages: [], sampling: {}, carry: { dialect: name, fields: json } };
      },
      writeReply: (frame) => carriedFields(frame.carry, name),
      createStreamWriter,
      writeError,
      streamType,
      formKeys,
    },
    speak: {
      ...speakGemini(
        ({ model }) => pathOf(model, verb),
        (call, { model }) => {
          const fields = carriedFields(call.carry, name);
          return call.model === model ? fields : rewriteJson(fields, model);
        },
      ),
      readReply,
    },
    rewrittenKeys: new Set(),
    rewriteRequest: renamedBody,
    observe(json) {
      const usage = readUsage(fieldOf(json, 'usageMetadata'));
      return usage === undefined ? {} : { usage };
    },
    createStreamTap,
  };
}
