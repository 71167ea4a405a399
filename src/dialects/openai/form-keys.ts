/** What in OpenAI's requests and replies is form, or a default said aloud: no other API could miss it. */
export const formKeys: ReadonlySet<string> = new Set([
  'type',
  'object',
  'index',
  'stream',
  'stream_options',
  'system_fingerprint',
  'role',
]);
