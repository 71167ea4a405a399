/** Writes one stream: events of this dialect are put together again, those of others go into blocks. */
import type { GatewayError } from '../../core/errors.ts';
import { countOf, isObject, type JsonObject, stringOf } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import type { CallHead, StreamWriter } from '../dialect.ts';
import { dialect, own } from './carry.ts';
import { writeError } from './error.ts';
import { ForeignStream } from './foreign-stream.ts';
import { fillReplyBlock } from './reply-blocks.ts';
import { fillFinish } from './stop-reason.ts';

/** JSON text holds no line break, so an event's data is always one line. */
function wireEvent(json: JsonObject): string {
  return `event: ${stringOf(json.type) ?? 'message'}\ndata: ${JSON.stringify(json)}\n\n`;
}

function fillDelta(rest: JsonObject, events: readonly ReplyEvent[]): JsonObject {
  const written: JsonObject = { ...rest };
  for (const event of events)
    if (event.type === 'text-delta') written.text = event.text;
    else if (event.type === 'reasoning-delta') written.thinking = event.text;
    else if (event.type === 'reasoning-signature') written.signature = event.signature;
    else if (event.type === 'tool-call-delta') written.partial_json = event.arguments;
    else if (event.type === 'choice-finish') fillFinish(written, event);
  return written;
}

function restored(frame: ReplyFrame): JsonObject {
  const written: JsonObject = { ...own(frame.carry) };
  const { message, delta } = written;
  if (isObject(message)) {
    const filled: JsonObject = { ...message };
    if (frame.id !== undefined) filled.id = frame.id;
    if (frame.model !== undefined) filled.model = frame.model;
    written.message = filled;
  }
  if (isObject(delta)) written.delta = fillDelta(delta, frame.events);
  if (written.content_block !== undefined)
    written.content_block = fillReplyBlock(written.content_block, countOf(written.index) ?? 0, frame.events);
  return written;
}

export function createStreamWriter(head: CallHead, losses: Losses): StreamWriter {
  let foreign: ForeignStream | undefined;
  let hasOwn = false;
  return {
    write(frame) {
      if (frame.carry.dialect === dialect) {
        hasOwn = true;
        return wireEvent(restored(frame));
      }
      foreign ??= new ForeignStream(head, losses);
      return foreign.write(frame).map(wireEvent).join('');
    },
    end() {
      if (hasOwn) return wireEvent({ type: 'message_stop' });
      foreign ??= new ForeignStream(head, losses);
      return foreign.end().map(wireEvent).join('');
    },
    fail: (error: GatewayError) => wireEvent(writeError(error)),
    heartbeat: 'event: ping\ndata: {"type": "ping"}\n\n',
  };
}
