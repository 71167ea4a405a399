/** A dialect that is no conversation: the head is checked, the rest of the request travels in its carry. */
import { carriedFields } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import type { JsonObject } from '../../core/json.ts';
import type { CallHead, Dialect } from '../dialect.ts';
import { writeError } from './error.ts';
import { formKeys } from './form-keys.ts';
import { readFrame, type TextSeat } from './reply-reader.ts';
import { writeFrame } from './reply-writer.ts';
import { rewriteJson, rewriteRequest, rewrittenKeys } from './rewrite.ts';
import { speakOpenAi } from './speak.ts';
import { createStreamTap, observe } from './stream-tap.ts';
import { createStreamWriter, eventStream } from './stream-writer.ts';

export interface PlainDialectOptions {
  readonly name: DialectName;
  readonly path: string;
  readonly textSeat: TextSeat;
  readonly readHead: (json: JsonObject) => CallHead;
}

export function definePlainDialect({ name, path, textSeat, readHead }: PlainDialectOptions): Dialect {
  return {
    name,
    listen: {
      readHead,
      readRequest(json) {
        const { model, stream } = readHead(json);
        return { model, stream, messages: [], sampling: {}, carry: { dialect: name, fields: json } };
      },
      writeReply: (frame) => writeFrame(name, frame, textSeat),
      createStreamWriter: (head) => createStreamWriter(head, (frame) => writeFrame(name, frame, textSeat)),
      writeError,
      streamType: () => eventStream,
      formKeys,
    },
    speak: speakOpenAi({
      path,
      writeRequest: (call, change) => rewriteJson(carriedFields(call.carry, name), change),
      readReply: (json) => readFrame(name, json, textSeat),
      readChunk: (json) => readFrame(name, json, textSeat),
    }),
    rewrittenKeys,
    rewriteRequest,
    observe,
    createStreamTap,
  };
}
