/**
 * Ids and names of another API as Converse takes them (`[a-zA-Z0-9_.:-]{1,64}` and `[a-zA-Z0-9_-]{1,64}`): the same input
 * always gives the same output, so that calls and their results stay pairs, within a request and from turn to turn.
 */
const longest = 64;
const digestLength = 12;

/** Names that fit stay as they are; others keep what can be read of them, and a digest keeps them apart. */
function fitted(text: string, misfits: RegExp): string {
  const clean = text.replaceAll(misfits, '_');
  if (clean === text && text.length > 0 && text.length <= longest) return text;
  const digest = new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, digestLength);
  const kept = clean.slice(0, longest - digestLength - 1);
  return kept === '' ? digest : `${kept}_${digest}`;
}

export function toolUseId(id: string): string {
  return fitted(id, /[^a-zA-Z0-9_.:-]/g);
}

export function toolName(name: string): string {
  return fitted(name, /[^a-zA-Z0-9_-]/g);
}
