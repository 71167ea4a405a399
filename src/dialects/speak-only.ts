/** The listening half of a dialect in which only providers are spoken to: no client is listened to in it. */
import { GatewayError } from '../core/errors.ts';
import type { ListenHalf } from './dialect.ts';
import { writeError } from './openai/error.ts';

function refuse(): never {
  throw new GatewayError('operation_not_supported', 'This gateway has no endpoint in this language.');
}

export function speakOnly(formKeys: ReadonlySet<string>): ListenHalf {
  return {
    readHead: refuse,
    readRequest: refuse,
    writeReply: refuse,
    createStreamWriter: refuse,
    writeError,
    streamType: refuse,
    formKeys,
  };
}
