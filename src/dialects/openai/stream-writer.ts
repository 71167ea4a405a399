/** Server-sent events as the OpenAI APIs write them: one `data:` line an event, `[DONE]` at the end of a success. */
import type { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import type { CallHead, StreamWriter } from '../dialect.ts';
import { writeError } from './error.ts';

export const eventStream = 'text/event-stream; charset=utf-8';
/** A comment to every reader of server-sent events; OpenAI's SDKs skip it. */
export const heartbeat = ': keep-alive\n\n';
export const doneEvent = 'data: [DONE]\n\n';

/** JSON text holds no line break, so an event is always one line. */
export function dataEvent(json: JsonObject): string {
  return `data: ${JSON.stringify(json)}\n\n`;
}

function errorEvent(error: GatewayError): string {
  return dataEvent(writeError(error));
}

/** A chunk that exists only to report usage: no choices, and a usage object. */
export function isUsageChunk(json: JsonObject): boolean {
  const choices = json.choices;
  const usage = json.usage;
  return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
}

export function createStreamWriter(
  head: CallHead,
  writeChunk: (frame: ReplyFrame) => JsonObject,
): StreamWriter {
  return {
    write(frame) {
      const chunk = writeChunk(frame);
      if (!head.wantsUsage) {
        if (isUsageChunk(chunk)) return '';
        if (chunk.usage === null) delete chunk.usage;
      }
      return dataEvent(chunk);
    },
    end: () => doneEvent,
    fail: errorEvent,
    heartbeat,
  };
}
