/** A Call or frame as if another dialect had read it: nothing in its carries, and another dialect's name on them. */
import type { Call } from '../../src/core/call.ts';
import type { Carry } from '../../src/core/carry.ts';
import type { DialectName } from '../../src/core/dialect-name.ts';
import type { ReplyFrame } from '../../src/core/reply.ts';

function isOther(value: object): boolean {
  return 'type' in value && value.type === 'other';
}

/** What a reader did not understand has no place in another dialect's reading. */
function strip(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !(typeof item === 'object' && item !== null && isOther(item))).map(strip);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'carry');
  return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]));
}

function emptyCarry(dialect: DialectName): Carry {
  return { dialect, fields: {} };
}

export function asForeignCall(call: Call, dialect: DialectName): Call {
  const carry = emptyCarry(dialect);
  const stripped = strip(call) as Call;
  return {
    ...stripped,
    ...(stripped.toolChoice?.type === 'other' && { toolChoice: { type: 'other', carry } }),
    ...(stripped.responseFormat?.type === 'other' && { responseFormat: { type: 'other', carry } }),
    // Schemas are the client's own, whatever their keys are named.
    ...(call.tools && {
      tools: call.tools.filter(({ type }) => type !== 'other').map(({ carry: _, ...tool }) => tool as never),
    }),
    ...(call.responseFormat?.type === 'json-schema' && {
      responseFormat: { ...call.responseFormat, carry },
    }),
    messages: stripped.messages.map((message) => ({ ...message, carry })),
    carry,
  };
}

export function asForeignFrame(frame: ReplyFrame, dialect: DialectName): ReplyFrame {
  return { ...frame, carry: emptyCarry(dialect) };
}
