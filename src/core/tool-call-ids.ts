/** Ids of tool calls where an API's rules for them differ from those they were made under. */

export interface IdRules {
  /** What an id must match as a whole; absent means anything that is not empty. */
  readonly pattern?: RegExp;
  /** In characters. */
  readonly maxLength: number;
}

/**
 * A function from any id to one the rules allow. An id that keeps the rules stays as it is; another becomes `call_` and
 * letters of its own hash, so a call and its result still agree, in this request and in all later ones.
 */
export function createIdMap({ pattern = /^[\s\S]+$/, maxLength }: IdRules): (id: string) => string {
  return (id) => {
    if (id.length <= maxLength && pattern.test(id)) return id;
    const hash = new Bun.CryptoHasher('sha256').update(id).digest('hex');
    return `call_${hash.slice(0, 32)}`.slice(0, maxLength);
  };
}
