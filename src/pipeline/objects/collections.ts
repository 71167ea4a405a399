/** Where a path of a provider's platform stands: in a collection, at one of its objects, or where nothing is kept. */

/** Paths below the API's version at which objects of one kind are made and listed, and below which each has its id. */
export interface Collection {
  /** Without slashes at its ends: `fine_tuning/jobs`. */
  readonly path: string;
  /** What is in it, in words: `fine-tuning job`. */
  readonly kind: string;
  /** Forms sent here hold files and nothing that names an object, and may be too large to be read. */
  readonly takesFiles?: boolean;
}

/** What a surface keeps for its callers. */
export interface KeptObjects {
  readonly collections: readonly Collection[];
  /** Paths whose calls leave nothing behind that could be asked for. */
  readonly stateless: readonly string[];
}

/** The collection a path stands in, and the object it names there; undefined where nothing is kept. */
export interface Place {
  readonly collection: Collection;
  readonly id: string | undefined;
  /** The path goes on below the object. */
  readonly isBelow: boolean;
}

function begins(segments: readonly string[], path: string): boolean {
  return path.split('/').every((segment, at) => segments[at] === segment);
}

/** The segments of a path as a provider's server reads them. `path`: as `forwardedPath` gives it, canonical. */
function segmentsOf(path: string): string[] {
  const [plain = ''] = path.split('?');
  return plain
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent);
}

/**
 * The longest collection that the path begins with counts. Of a path nobody has foreseen the first word is taken for a collection,
 * so that what stands behind it is an object, and some team's.
 */
export function placeOf({ collections, stateless }: KeptObjects, path: string): Place | undefined {
  const segments = segmentsOf(path);
  const depth = (known: string) => known.split('/').length;
  const [collection = { path: segments[0] ?? '', kind: 'object' }] = collections
    .filter((known) => begins(segments, known.path))
    .sort((a, b) => depth(b.path) - depth(a.path));
  const free = stateless.filter((known) => begins(segments, known)).map(depth);
  if (Math.max(0, ...free) >= depth(collection.path)) return undefined;
  const [id, ...below] = segments.slice(depth(collection.path));
  return { collection, id, isBelow: below.length > 0 };
}
