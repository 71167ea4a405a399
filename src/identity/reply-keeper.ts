/**
 * Replies kept for requests that are sent again under the same `Idempotency-Key`. A reply may show a key, so it is sealed with
 * what only the client has: the database and the server's secret together do not open it.
 */
import { GatewayError } from '../core/errors.ts';
import type { Change, IdentityStore } from './identity-store.ts';

const keptMs = 24 * 3_600_000;
const nonceBytes = 12;
const tagBytes = 16;

/** A request as it can be recognised. */
export interface Sent {
  /** Who asked. */
  readonly actorId: string;
  readonly path: string;
  readonly idempotencyKey: string;
  readonly body: string;
}

interface Names {
  readonly id: string;
  readonly request: string;
  readonly seal: Buffer;
}

export class ReplyKeeper {
  readonly #store: IdentityStore;

  constructor(store: IdentityStore) {
    this.#store = store;
  }

  /** The reply the same request got before. Throws `idempotency_key_reused`. */
  async recall(sent: Sent, nowMs: number): Promise<string | undefined> {
    const names = this.#namesOf(sent);
    const kept = names && (await this.#store.findReply(names.id));
    if (names === undefined || kept === undefined || kept.expiresAtMs <= nowMs) return undefined;
    if (kept.request !== names.request)
      throw new GatewayError(
        'idempotency_key_reused',
        'This Idempotency-Key was used before with another request.',
      );
    const { createDecipheriv } = await import('node:crypto');
    const sealed = Buffer.from(kept.sealed, 'base64');
    const opener = createDecipheriv('aes-256-gcm', names.seal, sealed.subarray(0, nonceBytes));
    opener.setAAD(Buffer.from(names.id));
    opener.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([opener.update(sealed.subarray(nonceBytes + tagBytes)), opener.final()]).toString();
  }

  /** To be written with what the reply tells of. */
  async keep(sent: Sent, reply: string, nowMs: number): Promise<Change> {
    await this.#store.prepare();
    const names = this.#namesOf(sent);
    if (names === undefined) throw new GatewayError('storage_unavailable', 'Nothing can be kept here.');
    // Loaded with the first reply that is kept: it takes 2 ms, which a start need not pay.
    const { createCipheriv } = await import('node:crypto');
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const cipher = createCipheriv('aes-256-gcm', names.seal, nonce);
    cipher.setAAD(Buffer.from(names.id));
    const text = Buffer.concat([cipher.update(reply, 'utf8'), cipher.final()]);
    const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
    const { id, request } = names;
    return { keepReply: { id, request, sealed, expiresAtMs: nowMs + keptMs }, nowMs };
  }

  #namesOf({ actorId, path, idempotencyKey, body }: Sent): Names | undefined {
    const who = JSON.stringify([actorId, path, idempotencyKey]);
    const id = this.#store.keyedHash(`reply id ${who}`);
    const request = this.#store.keyedHash(`reply request ${body}`);
    const seal = this.#store.keyedHash(`reply seal ${who}`);
    if (id === undefined || request === undefined || seal === undefined) return undefined;
    return { id, request, seal: Buffer.from(seal, 'hex') };
  }
}
