/** A request of each dialect that uses most of what it has: what hostile clients put wrong values into. */
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const richBodies: Readonly<Record<ConversationDialect, Readonly<Record<string, unknown>>>> = {
  'openai-chat': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ],
    tools: [{ type: 'function', function: { name: 'weather', description: 'Tells', parameters: schema } }],
    tool_choice: { type: 'function', function: { name: 'weather' } },
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    stop: ['x'],
    max_completion_tokens: 99,
    temperature: 0.5,
    reasoning_effort: 'low',
    stream_options: { include_usage: true },
    metadata: { a: 'b' },
    user: 'me',
  },
  'openai-responses': {
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look' },
          { type: 'input_image', image_url: `data:image/png;base64,${pixel}` },
        ],
      },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    ],
    tools: [{ type: 'function', name: 'weather', description: 'Tells', parameters: schema, strict: false }],
    tool_choice: { type: 'function', name: 'weather' },
    text: { format: { type: 'json_schema', name: 'x', schema } },
    reasoning: { effort: 'low', summary: 'auto' },
    max_output_tokens: 99,
    include: ['reasoning.encrypted_content'],
    metadata: { a: 'b' },
  },
  'anthropic-messages': {
    max_tokens: 2_000,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Rome' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'sunny' }] },
        ],
      },
    ],
    tools: [{ name: 'weather', description: 'Tells', input_schema: schema }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 1_024 },
    output_config: { format: { type: 'json_schema', schema } },
    stop_sequences: ['x'],
    metadata: { user_id: 'me' },
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Look' }, { inlineData: { mimeType: 'image/png', data: pixel } }] },
      {
        role: 'model',
        parts: [{ functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2ln' }],
      },
      { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: 'sunny' } } }] },
    ],
    tools: [
      { functionDeclarations: [{ name: 'weather', description: 'Tells', parametersJsonSchema: schema }] },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
    generationConfig: {
      maxOutputTokens: 99,
      temperature: 0.5,
      stopSequences: ['x'],
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
      thinkingConfig: { thinkingBudget: 64, includeThoughts: true },
    },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  },
  'bedrock-converse': {
    system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
    messages: [
      { role: 'user', content: [{ text: 'Look' }, { image: { format: 'png', source: { bytes: pixel } } }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
          { toolUse: { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Rome' } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'tooluse_1', content: [{ text: 'sunny' }], status: 'success' } },
        ],
      },
    ],
    toolConfig: {
      tools: [{ toolSpec: { name: 'weather', description: 'Tells', inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: 'weather' } },
    },
    inferenceConfig: { maxTokens: 99, temperature: 0.5, stopSequences: ['x'] },
    outputConfig: {
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'x', schema: JSON.stringify(schema) } },
      },
    },
    additionalModelRequestFields: { top_k: 4 },
  },
};

/** Fields without which, or with which of another type, each API refuses a request. */
export const requiredFields: Readonly<Record<ConversationDialect, readonly string[]>> = {
  'openai-chat': ['messages'],
  'openai-responses': ['input'],
  'anthropic-messages': ['messages'],
  gemini: ['contents'],
  'bedrock-converse': [],
};
/** Fields whose type is checked where they are present. */
export const typedFields: Readonly<Record<ConversationDialect, readonly string[]>> = {
  'openai-chat': ['messages'],
  'openai-responses': ['input'],
  'anthropic-messages': ['messages', 'max_tokens'],
  gemini: ['contents', 'generationConfig', 'toolConfig'],
  'bedrock-converse': ['messages', 'system', 'toolConfig', 'inferenceConfig'],
};
