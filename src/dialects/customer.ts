/** The head of a call that names its end user, in the places APIs have for that. */
import { customerName } from '../core/customer-name.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { CallHead } from './dialect.ts';

function withName(head: CallHead, customer: string | undefined): CallHead {
  return customer === undefined ? head : { ...head, customer };
}

/** OpenAI's `user`, or what takes its place: `safety_identifier`. */
export function withOpenaiCustomer(head: CallHead, { user, safety_identifier }: JsonObject): CallHead {
  return user === undefined && safety_identifier === undefined
    ? head
    : withName(head, customerName(user, safety_identifier));
}

/** Anthropic's `metadata.user_id`. */
export function withAnthropicCustomer(head: CallHead, { metadata }: JsonObject): CallHead {
  return isObject(metadata) ? withName(head, customerName(metadata.user_id)) : head;
}
