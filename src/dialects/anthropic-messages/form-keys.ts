/** What in Anthropic's requests and replies is form, or is read from a place of its own: nothing another API misses. */
export const formKeys: ReadonlySet<string> = new Set([
  'type',
  'role',
  'stream',
  'anthropic_version',
  // Taken whole; what stays is for the way back into this dialect.
  'content',
  'source',
  'system',
  'billing_header',
  'cache_control',
  'usage',
  // Who called a tool: `{"type":"direct"}` unless a hosted tool did, whose own blocks are named as lost.
  'caller',
]);
