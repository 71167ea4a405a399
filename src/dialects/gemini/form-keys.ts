/**
 * Keys of Gemini's requests and replies that are form, or were observed rather than taken: what they say stands in typed
 * values as well, and only their spelling here is kept for a trip.
 */
export const formKeys: ReadonlySet<string> = new Set([
  'model',
  'role',
  'thought',
  'index',
  // Observed: schemas and levels are converted, and the original is kept for a writer of this dialect.
  'parameters',
  'responseSchema',
  'response_schema',
  'generationConfig.thinkingConfig.thinkingLevel',
  'generation_config.thinking_config.thinking_level',
  'content.media.inlineData.data',
  'content.media.inline_data.data',
  'mimeType',
  'mime_type',
  // Replies: what has a meaning elsewhere is in the events, what has none is named by an event of its own.
  'candidates',
  'promptFeedback',
  'usageMetadata',
  'createTime',
]);
