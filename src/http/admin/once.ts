/** Makes something once for each `Idempotency-Key`: the same request sent again gets the same reply. */
import { GatewayError } from '../../core/errors.ts';
import type { Change } from '../../identity/identity-store.ts';
import type { ReplyKeeper, Sent } from '../../identity/reply-keeper.ts';
import { reply } from './gate.ts';

const keyShape = /^[\x21-\x7e]{1,255}$/;

export interface Asking {
  readonly actorId: string;
  readonly request: Request;
  readonly requestId: string;
  /** The request's body. */
  readonly text: string;
  /** Of the reply. */
  readonly status: number;
}

/** What was planned. */
export interface Made {
  readonly version: number;
  /** The body of the reply. */
  readonly shown: string;
  /** Writes it, and the changes with it. */
  commit(more: readonly Change[]): Promise<void>;
}

export async function once(
  keeper: ReplyKeeper,
  asking: Asking,
  plan: () => Promise<Made>,
): Promise<Response> {
  const { actorId, request, requestId, text, status } = asking;
  const idempotencyKey = request.headers.get('idempotency-key');
  if (idempotencyKey === null) {
    const made = await plan();
    await made.commit([]);
    return reply(requestId, status, made.shown, made.version);
  }
  if (!keyShape.test(idempotencyKey))
    throw new GatewayError('invalid_value', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
  const sent: Sent = { actorId, path: new URL(request.url).pathname, idempotencyKey, body: text };
  const again = async () => {
    const kept = await keeper.recall(sent, Date.now());
    if (kept === undefined) return undefined;
    const { version, shown: before } = JSON.parse(kept) as { version: number; shown: string };
    const response = reply(requestId, status, before, version);
    response.headers.set('idempotent-replayed', 'true');
    return response;
  };
  const before = await again();
  if (before !== undefined) return before;
  const made = await plan();
  const { version, shown } = made;
  const kept = await keeper.keep(sent, JSON.stringify({ version, shown }), Date.now());
  try {
    await made.commit([kept]);
  } catch (thrown) {
    // The same request may have been faster on another connection.
    const theirs = thrown instanceof GatewayError && thrown.code === 'conflict' ? await again() : undefined;
    if (theirs === undefined) throw thrown;
    return theirs;
  }
  return reply(requestId, status, shown, version);
}
