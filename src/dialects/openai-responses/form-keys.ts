/** What in Responses requests and replies is form: no other API could miss it. */

/**
 * Where a reader keeps what it has read but not taken, such as a whole reply: its writer gives it back as it was, and
 * nothing of it is a loss, for what had meaning was read.
 */
export const observedKey = 'observed';

export const formKeys: ReadonlySet<string> = new Set([
  observedKey,
  'type',
  'object',
  'id',
  'status',
  'phase',
  'stream',
  'stream_options',
  'include',
  'client_metadata',
  'internal_chat_message_metadata_passthrough',
  // Refused where they say something (`checkCrossing`).
  'background',
  'previous_response_id',
  'conversation',
  'prompt',
]);
