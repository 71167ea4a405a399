/** The head of a call that names its end user, in the places APIs have for that. */
import { customerName } from '../core/customer-name.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { CallHead } from './dialect.ts';

function withName(head: CallHead, customer: string | undefined): CallHead {
  return customer === undefined ? head : { ...head, customer };
}

/** OpenAI's `user`, or what takes its place: `safety_identifier`. */
export function openaiCustomer({ user, safety_identifier }: JsonObject): string | undefined {
  return user === undefined && safety_identifier === undefined
    ? undefined
    : customerName(user, safety_identifier);
}

export function withOpenaiCustomer(head: CallHead, json: JsonObject): CallHead {
  return withName(head, openaiCustomer(json));
}

/** Anthropic's `metadata.user_id`. */
export function withAnthropicCustomer(head: CallHead, { metadata }: JsonObject): CallHead {
  return isObject(metadata) ? withName(head, customerName(metadata.user_id)) : head;
}
