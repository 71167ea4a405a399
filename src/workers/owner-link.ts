/** A worker's way to the process that started it. */
import type { Handlers } from './protocol.ts';
import { Wire } from './wire.ts';

export interface OwnerLink {
  /** Once; `handlers` answer what the owner asks. */
  connect(handlers: Handlers): Wire;
}

/** `whenLost`: the owner is gone, and with it every count. Undefined in a process nobody owns. */
export function ownerLink(more: Handlers, whenLost: () => void): OwnerLink | undefined {
  if (process.send === undefined) return undefined;
  return {
    connect(handlers) {
      const wire = new Wire((message) => process.send?.(message), {
        alive: () => null,
        ...handlers,
        ...more,
      });
      process.on('message', (message) => wire.receive(message));
      process.on('disconnect', () => {
        wire.cut();
        whenLost();
      });
      return wire;
    },
  };
}
