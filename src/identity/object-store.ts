/** Who made what at which provider, as identity keeps it: an object made upstream belongs to the team that made it. */
import type { Caller } from './caller.ts';

/** A file, a batch, a stored response: whatever a provider keeps and gives an id. */
export interface UpstreamObject {
  /** Two providers may give the same id: only both together name an object. */
  readonly provider: string;
  readonly id: string;
  /** What it is, in words for a person: `file`, `vector store`. */
  readonly kind: string;
  /** See `ownerOf`. */
  readonly owner: string;
  readonly createdAtMs: number;
}

/** Methods reject with `storage_unavailable` where what is kept cannot be read or written. */
export interface ObjectStore {
  /** All that have one of the ids, at whichever provider. */
  findObjects(ids: readonly string[]): Promise<readonly UpstreamObject[]>;
  /** Durable once it resolves. One that is known already stays whose it is. */
  addObjects(objects: readonly UpstreamObject[]): Promise<void>;
  removeObject(provider: string, id: string): Promise<void>;
}

/** Whose the things are that a caller makes: its team's, else its own. Ids of teams and of keys differ in their first word. */
export function ownerOf({ teamId, keyId }: Caller): string {
  return teamId ?? keyId;
}
