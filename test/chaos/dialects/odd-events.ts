/** JSON objects of each wire format whose fields have wrong types: no reader may trip over them. Bedrock's are named by their key. */
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** Each wrong value in the place of every field that matters. */
const wrong = ['null', '"x"', '1e999', '[null]', '{}'];
const each = (make: (value: string) => string): string[] => wrong.map(make);

export const oddEvents: Readonly<Record<ConversationDialect, readonly string[]>> = {
  'openai-chat': [
    ...each((value) => `{"object":"chat.completion.chunk","choices":${value}}`),
    ...each(
      (value) =>
        `{"choices":[{"index":${value},"delta":${value},"message":${value},"finish_reason":${value}}]}`,
    ),
    ...each(
      (value) =>
        `{"choices":[{"index":0,"delta":{"content":${value},"role":${value},"tool_calls":${value}}}]}`,
    ),
    ...each((value) => `{"choices":[],"usage":${value},"id":${value},"model":${value},"created":${value}}`),
    ...each(
      (value) => `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":${value},"function":${value}}]}}]}`,
    ),
    `{"choices":[],"deep":${deep}}`,
  ],
  'openai-responses': [
    ...each(
      (value) =>
        `{"type":"response.output_text.delta","output_index":${value},"content_index":${value},"delta":${value}}`,
    ),
    ...each((value) => `{"type":"response.output_item.added","output_index":${value},"item":${value}}`),
    ...each(
      (value) =>
        `{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":${value}}}`,
    ),
    ...each((value) => `{"type":"response.in_progress","response":${value},"sequence_number":${value}}`),
    ...each(
      (value) =>
        `{"object":"response","status":${value},"output":[${value}],"usage":${value},"type":${value}}`,
    ),
    `{"type":"response.in_progress","response":{"output":${deep}}}`,
  ],
  'anthropic-messages': [
    ...each((value) => `{"type":"content_block_delta","index":${value},"delta":${value}}`),
    ...each((value) => `{"type":"content_block_start","index":${value},"content_block":${value}}`),
    ...each(
      (value) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${value}}}`,
    ),
    ...each((value) => `{"type":"message_start","message":${value}}`),
    ...each(
      (value) =>
        `{"type":"message","content":[${value}],"usage":${value},"delta":${value},"stop_reason":${value}}`,
    ),
    `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x","deep":${deep}}}`,
  ],
  gemini: [
    ...each((value) => `{"candidates":${value}}`),
    ...each((value) => `{"candidates":[{"content":${value},"index":${value},"finishReason":${value}}]}`),
    ...each((value) => `{"candidates":[{"content":{"parts":${value}}}]}`),
    ...each((value) => `{"candidates":[{"content":{"parts":[{"text":${value},"functionCall":${value}}]}}]}`),
    ...each((value) => `{"usageMetadata":${value},"promptFeedback":${value},"responseId":${value}}`),
    `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"deep":${deep}}}}]}}]}`,
  ],
  'bedrock-converse': [
    ...each((value) => `{"contentBlockDelta":{"contentBlockIndex":${value},"delta":${value}}}`),
    ...each((value) => `{"contentBlockStart":{"contentBlockIndex":${value},"start":${value}}}`),
    ...each(
      (value) => `{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":${value},"toolUse":${value}}}}`,
    ),
    ...each((value) => `{"messageStart":${value}}`),
    ...each(
      (value) => `{"output":{"message":{"content":[${value}]}},"usage":${value},"stopReason":${value}}`,
    ),
    `{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":${deep}}}}}`,
  ],
};
