/** Writes one stream for a Responses client: frames of its own dialect as they were, those of others composed anew. */
import type { GatewayError } from '../../core/errors.ts';
import { countOf, isObject, type JsonObject, stringOf } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import type { CallHead, StreamWriter } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { heartbeat } from '../openai/stream-writer.ts';
import { ReplyComposer } from './composer.ts';
import { dialect } from './content.ts';
import { writeResponseError } from './response-object.ts';
import { writeOwnFrame } from './stream-reader.ts';

function wireEvent(json: JsonObject, name = stringOf(json.type)): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(json)}\n\n`;
}

class ResponsesWriter implements StreamWriter {
  readonly heartbeat = heartbeat;
  readonly #composer: ReplyComposer;
  #written: string[] = [];
  /** Frames of another dialect have been written. */
  #composes = false;
  /** Of the dialect's own stream: the response as last told, the items that are finished, the last event's number. */
  #response: JsonObject | undefined;
  readonly #output: JsonObject[] = [];
  #sequence = -1;

  constructor(head: CallHead, losses: Losses) {
    this.#composer = new ReplyComposer(head.model, losses, (event) => this.#written.push(wireEvent(event)));
  }

  write(frame: ReplyFrame): string {
    if (frame.carry.dialect === dialect) return this.#pass(frame);
    this.#composes = true;
    this.#composer.write(frame);
    return this.#taken();
  }

  /** The last event of the dialect's own stream says that it is over. */
  end(): string {
    if (this.#response !== undefined || this.#sequence >= 0) return '';
    this.#composer.finish();
    return this.#taken();
  }

  fail(error: GatewayError): string {
    if (this.#composes) {
      this.#composer.fail(error);
      return this.#taken();
    }
    const sequence = this.#sequence + 1;
    if (this.#response === undefined) return wireEvent({ ...errorEvent(error), sequence_number: sequence });
    const failed = {
      ...this.#response,
      status: 'failed',
      error: writeResponseError(error),
      output: this.#output,
    };
    return wireEvent({ type: 'response.failed', response: failed, sequence_number: sequence });
  }

  #pass(frame: ReplyFrame): string {
    const { name, json } = writeOwnFrame(frame);
    this.#sequence = countOf(json.sequence_number) ?? this.#sequence + 1;
    if (isObject(json.response)) this.#response = json.response;
    if (json.type === 'response.output_item.done' && isObject(json.item)) this.#output.push(json.item);
    return wireEvent(json, name);
  }

  #taken(): string {
    return this.#written.splice(0).join('');
  }
}

/** For a stream whose response is not known here, because its bytes passed through or never came. */
function errorEvent(error: GatewayError): JsonObject {
  const written = writeError(error).error;
  const { message, param, code } = isObject(written) ? written : {};
  return { type: 'error', code: code ?? null, message: message ?? error.message, param: param ?? null };
}

export function createStreamWriter(head: CallHead, losses: Losses): StreamWriter {
  return new ResponsesWriter(head, losses);
}
