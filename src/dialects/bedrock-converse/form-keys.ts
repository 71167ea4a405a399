/** What in Converse's requests and replies is form: no other API could miss it. */
export const formKeys: ReadonlySet<string> = new Set([
  'inferenceConfig.',
  'role',
  'type',
  /** The media type says it. */
  'format',
  /** Kept as the text it came in, beside the schema read from it. */
  'schema',
  /** A reply's blocks are events, and those without a type are named one by one. */
  'output',
  'usage',
  'metrics',
  'p',
]);
