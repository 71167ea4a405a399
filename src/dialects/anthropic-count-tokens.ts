/** The dialect of `POST /v1/messages/count_tokens`: no conversation, so it only passes through. */
import { carriedFields } from '../core/carry.ts';
import type { JsonObject } from '../core/json.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { withAnthropicCustomer } from './customer.ts';
import type { CallHead, Dialect } from './dialect.ts';
import { requiredField, requiredString, wrongType } from './openai/fields.ts';

const name = 'anthropic-count-tokens';

function readHead(json: JsonObject): CallHead {
  const model = requiredString(json, 'model');
  const messages = requiredField(json, 'messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects', messages);
  return withAnthropicCustomer({ model, stream: false, wantsUsage: false }, json);
}

/** Errors, ids and the exchange of the model are those of the messages whose tokens are counted. */
export const anthropicCountTokens: Dialect = {
  ...anthropicMessages,
  name,
  listen: {
    ...anthropicMessages.listen,
    readHead,
    isFree: true,
    // The conversation of a message, so that what it must not hold is found (`withoutSeals`).
    writeReply: (frame) => carriedFields(frame.carry, name),
  },
  speak: {
    ...anthropicMessages.speak,
    path: () => '/messages/count_tokens',
    readReply: (json) => ({ events: [], carry: { dialect: name, fields: json } }),
  },
  // Tokens were counted, none used.
  observe: () => ({}),
};
