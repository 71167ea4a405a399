/**
 * Turns out of messages. Some dialects list what one turn said as items of their own (a thought, a call, a text), others
 * want one message a turn: their writers merge before they write a call that comes from elsewhere.
 */
import type { Message, Role } from './call.ts';

/** System prompts keep their places; messages of unknown roles are nobody's to merge. */
const merged: ReadonlySet<Role> = new Set(['user', 'assistant', 'tool']);

function joins(before: Message | undefined, next: Message): before is Message {
  return (
    before !== undefined &&
    before.role === next.role &&
    before.name === next.name &&
    before.apart === next.apart
  );
}

/**
 * Neighbours of the same role (and name) become one message with all their parts, in order. Left out are messages that
 * hold nothing but `other` parts: no dialect but their own can write them, and `losses.ts` has named them.
 * `roles`: which roles merge; a dialect that wants each tool result in a message of its own leaves `tool` out.
 */
export function mergeTurns(
  messages: readonly Message[],
  roles: ReadonlySet<Role> = merged,
): readonly Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const { parts } = message;
    if (parts.length > 0 && parts.every(({ type }) => type === 'other')) continue;
    const before = turns.at(-1);
    if (roles.has(message.role) && joins(before, message))
      turns[turns.length - 1] = { ...before, parts: [...before.parts, ...parts], plainText: false };
    else turns.push(message);
  }
  return turns;
}
