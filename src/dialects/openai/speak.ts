/** The speaking half, which the dialects of OpenAI's completion family share but for path and frames. */
import { type JsonObject, parseObject } from '../../core/json.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import { BadFraming, type SpeakHalf } from '../dialect.ts';
import { SseDecoder } from '../sse-decoder.ts';
import { readFailure, readRefusal } from './error.ts';
import type { ReplyMemory } from './observed-content.ts';

export interface OpenAiSpeech {
  readonly path: string;
  readonly writeRequest: SpeakHalf['writeRequest'];
  readonly readReply: (json: JsonObject) => ReplyFrame;
  readonly readChunk: (json: JsonObject, memory: ReplyMemory) => ReplyFrame;
}

export function speakOpenAi({ path, writeRequest, readReply, readChunk }: OpenAiSpeech): SpeakHalf {
  return {
    path: () => path,
    writeRequest,
    readReply,
    createStreamReader() {
      const memory: ReplyMemory = { saysReasoning: false };
      return {
        read({ data }) {
          if (data.trim() === '[DONE]') return 'over';
          const json = parseObject(data);
          if (json === undefined) throw new BadFraming('an event that is not a JSON object');
          const failure = readFailure(json);
          const frame = readChunk(json, memory);
          return failure === undefined ? frame : { ...frame, failure };
        },
      };
    },
    readRefusal,
    readFailure,
    streamType: 'text/event-stream',
    createDecoder: (maxEventBytes) => new SseDecoder(maxEventBytes),
  };
}
