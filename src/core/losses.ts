/**
 * What a translation could not carry over. Nothing vanishes in silence: a writer names each typed thing it has no word
 * for, and whatever a reader left in a carry is named by `reportLeftovers`. Clients see the list in
 * `x-opengateway-warnings`, operators in the log.
 */
import type { Call } from './call.ts';
import type { Carry } from './carry.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import type { Part } from './part.ts';

/** More would only make a header that proxies refuse. */
const maxListed = 32;

export class Losses {
  readonly #found = new Set<string>();

  /** `what` is short and in the words of the client's dialect: a field's path without positions, as `messages.name`. */
  add(what: string): void {
    if (this.#found.size < maxListed) this.#found.add(what);
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  list(): readonly string[] {
    return [...this.#found];
  }
}

/** Absent in all but name. */
function isEmpty(value: JsonValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.every(isEmpty)) ||
    // An object without keys is a tag that says something by being there.
    (isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isEmpty))
  );
}

function hasPathBelow(form: ReadonlySet<string>, path: string): boolean {
  const beginning = `${path}.`;
  for (const key of form) if (key.startsWith(beginning)) return true;
  return false;
}

/**
 * Names what is left in a tree of fields; seats that were taken are empty and count for nothing. `form` names keys, whole
 * paths as they would be reported, or, by a path that ends in a dot, an object that says nothing by being there.
 */
function nameLeft(fields: JsonObject, path: string, form: ReadonlySet<string>, losses: Losses): void {
  for (const [key, value] of Object.entries(fields)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (form.has(key) || form.has(here) || isEmpty(value)) continue;
    // An object that lost some of its fields to typed values is named by those that are left, and so is one with form in it.
    const isOpened =
      isObject(value) &&
      (Object.values(value).some((inner) => inner === undefined) || hasPathBelow(form, here));
    if (isOpened) nameLeft(value, here, form, losses);
    else losses.add(here);
  }
}

export function reportCarry(
  carry: Carry | undefined,
  path: string,
  form: ReadonlySet<string>,
  losses: Losses,
): void {
  if (carry !== undefined) nameLeft(carry.fields, path, form, losses);
}

function reportPart(part: Part, form: ReadonlySet<string>, losses: Losses): void {
  if (part.type === 'other') {
    losses.add(`content part ${nameOfOther(part.carry)}`);
    return;
  }
  reportCarry(part.carry, `content.${part.type}`, form, losses);
  if (part.type === 'tool-result') for (const inner of part.parts) reportPart(inner, form, losses);
}

/** Names everything in the carries of a call. `form`: keys of its dialect that are form and mean nothing elsewhere. */
export function reportLeftovers(call: Call, form: ReadonlySet<string>, losses: Losses): void {
  reportCarry(call.carry, '', form, losses);
  for (const input of call.embedding?.inputs ?? [])
    if (input.type === 'text') reportCarry(input.carry, '', form, losses);
  for (const message of call.messages) {
    reportCarry(message.carry, 'messages', form, losses);
    for (const part of message.parts) reportPart(part, form, losses);
  }
  for (const tool of call.tools ?? [])
    if (tool.type === 'other') losses.add(`tool ${nameOfOther(tool.carry)}`);
    else reportCarry(tool.carry, 'tools', form, losses);
  if (call.toolChoice?.type === 'other') losses.add('tool_choice');
  if (call.responseFormat?.type === 'other') losses.add('response_format');
  else if (call.responseFormat?.type === 'json-schema')
    reportCarry(call.responseFormat.carry, 'response_format', form, losses);
}

/** By its `type`, or in dialects where the key says the kind, by that. */
function nameOfOther(carry: Carry): string {
  const raw = isObject(carry.fields.value) ? carry.fields.value : carry.fields;
  if (typeof raw.type === 'string') return raw.type;
  const [key = 'value'] = Object.keys(raw);
  return key === 'value' ? 'of unknown type' : key;
}
