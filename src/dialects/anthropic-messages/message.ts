/** One message of a conversation, and the system prompt beside them, read and written back. */
import type { Message, Role } from '../../core/call.ts';
import { take } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { wrongType } from '../openai/fields.ts';
import { readBlock, readContent } from './block-reader.ts';
import { writeBlock, writeContent } from './block-writer.ts';
import { carry, own } from './carry.ts';

const roles: ReadonlySet<string> = new Set<Role>(['user', 'assistant', 'system']);

export function readMessage(raw: JsonValue, at: number): Message {
  if (!isObject(raw)) throw wrongType(`messages.${at}`, 'an object', raw);
  const fields: JsonObject = { ...raw };
  const role = stringOf(fields.role);
  if (role === undefined || !roles.has(role))
    return { role: 'other', parts: [], plainText: false, carry: carry(fields) };
  const { content } = fields;
  if (content !== undefined && content !== null && typeof content !== 'string' && !Array.isArray(content))
    throw wrongType(`messages.${at}.content`, 'a string or an array', content);
  take(fields, 'role');
  return {
    role: role as Role,
    parts: readContent(fields),
    plainText: typeof content === 'string',
    carry: carry(fields),
  };
}

export function writeMessage(message: Message): JsonObject {
  const fields = own(message.carry);
  if (message.role === 'other') return { ...fields };
  const written: JsonObject = { ...fields, role: message.role };
  writeContent(written, message);
  return written;
}

/**
 * Claude Code's first system block. Its number changes with every call: any other provider's prefix cache would miss
 * each time, and no model has a use for it.
 */
function isBillingHeader(block: JsonValue): boolean {
  return isObject(block) && stringOf(block.text)?.startsWith('x-anthropic-billing-header:') === true;
}

/** Takes `system` out of the fields, unless it says nothing to a model. Throws `invalid_type`. */
export function takeSystem(fields: JsonObject): Message[] {
  const { system } = fields;
  if (typeof system === 'string' && system !== '') {
    take(fields, 'system');
    const parts = [{ type: 'text', text: system } as const];
    return [{ role: 'system', apart: true, parts, plainText: true, carry: carry({}) }];
  }
  if (system === undefined || system === null || typeof system === 'string') return [];
  if (!Array.isArray(system)) throw wrongType('system', 'a string or an array', system);
  const told = system.filter((block) => !isBillingHeader(block));
  if (told.length === 0) return [];
  take(fields, 'system');
  const billing = system.flatMap((block, at) => (isBillingHeader(block) ? [[at, block]] : []));
  return [
    {
      role: 'system',
      apart: true,
      parts: told.map(readBlock),
      plainText: false,
      carry: carry(billing.length === 0 ? {} : { billing_header: billing }),
    },
  ];
}

/** The system prompts that stand apart, as `system`; undefined when there is none. */
export function writeSystem(messages: readonly Message[]): JsonValue | undefined {
  const apart = messages.filter((message) => message.apart === true);
  const [first] = apart;
  if (first === undefined) return undefined;
  if (apart.length === 1 && first.plainText)
    return first.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const blocks = apart.flatMap(({ parts }) => parts.map(writeBlock));
  const { billing_header: billing } = own(first.carry);
  for (const entry of Array.isArray(billing) ? billing : []) {
    const [at, block] = Array.isArray(entry) ? entry : [];
    if (typeof at === 'number' && block !== undefined) blocks.splice(at, 0, block);
  }
  return blocks;
}
