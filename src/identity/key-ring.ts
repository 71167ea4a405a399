/** The keys met lately, found by the text a client sends; all others are looked up where they are kept. */

import { GatewayError } from '../core/errors.ts';
import { Access, type Level } from './access.ts';
import type { KeyCaller } from './caller.ts';
import type { Entity, EntityKind, Key, KeySecret } from './entity.ts';
import type { IdentityStore } from './identity-store.ts';
import { isKeyText } from './key-text.ts';
import { lesserOf, reachOf } from './role.ts';

const maxKept = 10_000;
/** How long a key is believed while changes may be missed. */
const recheckMs = 1000;

function earlier(a: number | null, b: number | null): number | undefined {
  if (a === null) return b ?? undefined;
  return b === null ? a : Math.min(a, b);
}

async function levelOf(kind: EntityKind, entity: Entity): Promise<Level> {
  const { id, disabled, limits, budgets, ...restrictions } = entity;
  let addresses: Level['addresses'];
  if (restrictions.allowedIps !== null) {
    // Most keys are bound to no address, and most starts need no more than the start.
    const { AddressRanges } = await import('./address-ranges.ts');
    addresses = new AddressRanges(restrictions.allowedIps);
  }
  const level: Level = { kind, id, disabled, restrictions, addresses };
  if (limits === null && budgets.length === 0) return level;
  return { ...level, caps: { scope: { kind, id }, ...(limits !== null && { limits }), budgets } };
}

export class KeyRing {
  readonly #store: IdentityStore;
  /** By keyed hash, in order of arrival: whoever does not know the server's secret learns nothing from a look-up's time. */
  readonly #kept = new Map<string, KeyCaller>();
  /** When a key was last asked for again, by the same hash; empty but while changes may be missed. */
  readonly #rechecked = new Map<string, number>();
  /** What was read before a change must not be kept after it. */
  #changes = 0;
  readonly #now: () => number;

  constructor(store: IdentityStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
    store.changes.subscribe(() => this.#forget());
  }

  /** A key that is kept is found at once; only a look-up takes a promise. */
  find(text: string): KeyCaller | undefined | Promise<KeyCaller | undefined> {
    if (!isKeyText(text)) return undefined;
    const hash = this.#store.keyedHash(text);
    if (hash === undefined) return undefined;
    const kept = this.#kept.get(hash);
    if (kept === undefined) return this.#read(hash);
    return this.#store.changes.isDeaf ? this.#recheck(hash, kept) : kept;
  }

  /** The same, by the hash of a text that was good before: once it has changed, as it is now. */
  recall(hash: string): KeyCaller | undefined | Promise<KeyCaller | undefined> {
    const kept = this.#kept.get(hash);
    return kept === undefined || this.#store.changes.isDeaf ? this.#read(hash) : kept;
  }

  /** After any change: what a key may do hangs on all that it belongs to. */
  #forget(): void {
    this.#changes++;
    this.#kept.clear();
    this.#rechecked.clear();
  }

  /** A key that is known stays good while nobody can be asked: then nobody can change it either, or cannot tell. */
  #recheck(hash: string, kept: KeyCaller): KeyCaller | Promise<KeyCaller | undefined> {
    const nowMs = this.#now();
    if (nowMs - (this.#rechecked.get(hash) ?? -Infinity) < recheckMs) return kept;
    this.#rechecked.set(hash, nowMs);
    return this.#read(hash).then(
      (caller) => {
        if (caller === undefined) this.#kept.delete(hash);
        return caller;
      },
      (thrown: unknown) => {
        if (thrown instanceof GatewayError && thrown.code === 'storage_unavailable') return kept;
        throw thrown;
      },
    );
  }

  async #read(hash: string): Promise<KeyCaller | undefined> {
    const changes = this.#changes;
    const secret = await this.#store.findSecret(hash);
    const key = secret && (await this.#store.find('key', secret.keyId));
    const caller = secret && key && (await this.#callerOf(key, secret));
    if (caller === undefined || changes !== this.#changes) return caller;
    if (this.#kept.size >= maxKept) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(hash, caller);
    return caller;
  }

  /** Undefined where something the key belongs to is gone. */
  async #callerOf(key: Key, secret: KeySecret): Promise<KeyCaller | undefined> {
    const { organizationId, teamId, userId } = key;
    const user = userId === null ? null : await this.#store.find('user', userId);
    const team = teamId === null ? null : await this.#store.find('team', teamId);
    const organization =
      organizationId === null ? null : await this.#store.find('organization', organizationId);
    if (user === undefined || team === undefined || organization === undefined) return undefined;
    const levels = [await levelOf('key', key)];
    if (user !== null) levels.push(await levelOf('user', user));
    if (team !== null) levels.push(await levelOf('team', team));
    if (organization !== null) levels.push(await levelOf('organization', organization));
    const caps = levels.flatMap((level) => level.caps ?? []);
    const role = user === null ? key.role : lesserOf(key.role, user.role);
    return {
      keyId: key.id,
      secretHash: secret.hash,
      ...(userId !== null && { userId }),
      ...(teamId !== null && { teamId }),
      ...(organizationId !== null && { organizationId }),
      tags: key.tags,
      ...(caps.length > 0 && { caps }),
      key,
      role,
      reach: reachOf(role, key),
      access: new Access(levels),
      endsAtMs: earlier(key.expiresAtMs, secret.expiresAtMs),
    };
  }
}
