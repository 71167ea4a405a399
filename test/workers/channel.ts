/** A channel between an owner and a worker inside one process: messages go through JSON and arrive a turn later, as from afar. */
import type { Membership, Owner } from '../../src/workers/owner.ts';
import type { Handlers } from '../../src/workers/protocol.ts';
import { Wire } from '../../src/workers/wire.ts';

export interface Connected {
  /** The worker's end. */
  readonly wire: Wire;
  readonly membership: Membership;
  /** How many messages went each way. */
  readonly sent: { byWorker: number; byOwner: number };
}

export function connected(owner: Owner, handlers: Handlers = {}, more: Handlers = {}): Connected {
  const sent = { byWorker: 0, byOwner: 0 };
  const carry = (message: unknown, to: () => Wire) => {
    const text = JSON.stringify(message);
    setImmediate(() => to().receive(JSON.parse(text)));
  };
  const wire = new Wire((message) => {
    sent.byWorker++;
    carry(message, () => membership.wire);
  }, handlers);
  const membership = owner.join((message) => {
    sent.byOwner++;
    carry(message, () => wire);
  }, more);
  return { wire, membership, sent };
}
