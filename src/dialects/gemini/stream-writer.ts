/** A stream as Google frames it: server-sent events, or, for clients that did not ask for them, one JSON array. */
import type { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import type { CallHead, StreamWriter } from '../dialect.ts';
import { writeError } from './error.ts';
import { dialect } from './fields.ts';
import { ForeignChunks } from './foreign-reply.ts';
import { restoreReply } from './reply-writer.ts';

interface Framing {
  element(json: JsonObject): string;
  readonly close: () => string;
  readonly heartbeat?: string;
}

/** Google ends lines with CRLF. Its Python client takes a comment for the beginning of an error, so silence is an empty line. */
const events: Framing = {
  element: (json) => `data: ${JSON.stringify(json)}\r\n\r\n`,
  close: () => '',
  heartbeat: '\r\n',
};

/** An array, closed whatever happens: an error is its last element. */
function arrayFraming(): Framing {
  let isOpen = false;
  return {
    element(json) {
      const before = isOpen ? '\n,\r\n' : '[';
      isOpen = true;
      return before + JSON.stringify(json);
    },
    close: () => (isOpen ? '\n]' : '[]'),
  };
}

export function streamType(head: CallHead): string {
  return head.asArray === true ? 'application/json; charset=utf-8' : 'text/event-stream; charset=utf-8';
}

export function createStreamWriter(head: CallHead, losses: Losses): StreamWriter {
  const framing = head.asArray === true ? arrayFraming() : events;
  const foreign = new ForeignChunks(losses);
  let isForeign = false;
  const chunkOf = (frame: ReplyFrame): JsonObject | undefined => {
    if (frame.carry.dialect === dialect) return restoreReply(frame);
    isForeign = true;
    return foreign.write(frame);
  };
  return {
    write(frame) {
      const chunk = chunkOf(frame);
      return chunk === undefined ? '' : framing.element(chunk);
    },
    end: () => (isForeign ? framing.element(foreign.last()) : '') + framing.close(),
    fail: (error: GatewayError) => framing.element(writeError(error)) + framing.close(),
    ...(framing.heartbeat !== undefined && { heartbeat: framing.heartbeat }),
  };
}
