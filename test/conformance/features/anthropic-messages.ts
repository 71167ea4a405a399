/** How Anthropic Messages says each feature. */
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { type Phrasebook, parameters, pdf, png, replySchema } from './feature.ts';

const user = { role: 'user', content: 'Hi' };
const request = (more: JsonObject, messages: JsonObject[] = [user]): JsonObject => ({
  model: 'm',
  max_tokens: 9000,
  messages,
  ...more,
});
const said = (...blocks: JsonObject[]) =>
  request({}, [{ role: 'user', content: [{ type: 'text', text: 'Look' }, ...blocks] }]);
const tool = { name: 'weather', description: 'Weather now', input_schema: parameters };
const call = (id: string, city: string): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: { city },
});
const result = (id: string, content: JsonValue, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const dialogue = (calls: JsonObject[], results: JsonObject[]) =>
  request({ tools: [tool] }, [
    user,
    { role: 'assistant', content: calls },
    { role: 'user', content: results },
  ]);
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } };
const document = {
  type: 'document',
  source: { type: 'base64', media_type: 'application/pdf', data: pdf },
  title: 'a.pdf',
};
const earlier = (block: JsonObject) =>
  request({}, [
    user,
    { role: 'assistant', content: [block, { type: 'text', text: 'Hello' }] },
    { role: 'user', content: 'More' },
  ]);

const usage = { input_tokens: 20, output_tokens: 9 };
const reply = (content: JsonObject[], more: JsonObject = {}): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
  ...more,
});
const text = { type: 'text', text: 'Hello' };

export const anthropicMessagesPhrases: Phrasebook = {
  requests: {
    'a system prompt': request({ system: 'Be brief.' }),
    'several turns': request({}, [
      user,
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'More' },
    ]),
    'an image in base64': said(image),
    'an image by URL': said({ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }),
    'a PDF in base64': said(document),
    'an uploaded file by id': said({ type: 'document', source: { type: 'file', file_id: 'file_abc123' } }),
    'a document with citations': said({ ...document, citations: { enabled: true } }),
    tools: request({ tools: [tool] }),
    'a strict tool': request({ tools: [{ ...tool, strict: true }] }),
    'a tool the provider runs': request({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
    'tool choice: auto': request({ tools: [tool], tool_choice: { type: 'auto' } }),
    'tool choice: required': request({ tools: [tool], tool_choice: { type: 'any' } }),
    'tool choice: none': request({ tools: [tool], tool_choice: { type: 'none' } }),
    'tool choice: one by name': request({ tools: [tool], tool_choice: { type: 'tool', name: 'weather' } }),
    'no parallel tool calls': request({
      tools: [tool],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    }),
    'a tool call and its result': dialogue([call('toolu_1', 'Oslo')], [result('toolu_1', 'Rain')]),
    'parallel tool calls and their results': dialogue(
      [call('toolu_1', 'Oslo'), call('toolu_2', 'Rome')],
      [result('toolu_1', 'Rain'), result('toolu_2', 'Sun')],
    ),
    'a tool result that is an error': dialogue(
      [call('toolu_1', 'Oslo')],
      [result('toolu_1', 'Failed', { is_error: true })],
    ),
    'an image in a tool result': dialogue([call('toolu_1', 'Oslo')], [result('toolu_1', [image])]),
    'reasoning effort': request({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }),
    'a reasoning budget': request({ thinking: { type: 'enabled', budget_tokens: 2000 } }),
    'reasoning off': request({ thinking: { type: 'disabled' } }),
    'earlier reasoning with its signature': earlier({ type: 'thinking', thinking: 'Hm', signature: 'c2ln' }),
    'earlier reasoning, redacted': earlier({ type: 'redacted_thinking', data: 'ZW5j' }),
    'a cache mark': said({ type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } }),
    'a cache mark for an hour': said({
      type: 'text',
      text: 'Long',
      cache_control: { type: 'ephemeral', ttl: '1h' },
    }),
    temperature: request({ temperature: 0.5 }),
    'top p': request({ top_p: 0.9 }),
    'top k': request({ top_k: 40 }),
    'stop words': request({ stop_sequences: ['END', 'STOP'] }),
    'a limit of output tokens': request({ max_tokens: 500 }),
    'JSON by a schema': request({ output_config: { format: { type: 'json_schema', schema: replySchema } } }),
    'an end user': request({ metadata: { user_id: 'ann' } }),
    'a service tier': request({ service_tier: 'standard_only' }),
  },
  replies: {
    text: reply([text]),
    'a tool call': reply([call('toolu_1', 'Oslo')], { stop_reason: 'tool_use' }),
    'parallel tool calls': reply([call('toolu_1', 'Oslo'), call('toolu_2', 'Rome')], {
      stop_reason: 'tool_use',
    }),
    reasoning: reply([{ type: 'thinking', thinking: 'Hm', signature: '' }, text]),
    'reasoning with its signature': reply([{ type: 'thinking', thinking: 'Hm', signature: 'c2ln' }, text]),
    'reasoning, redacted': reply([{ type: 'redacted_thinking', data: 'ZW5j' }, text]),
    'a citation by URL': reply([
      {
        type: 'text',
        text: 'Hello',
        citations: [
          {
            type: 'web_search_result_location',
            url: 'https://example.com',
            title: 'T',
            cited_text: 'c',
            encrypted_index: 'ZQ==',
          },
        ],
      },
    ]),
    'a call of a tool the provider runs': reply([
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      text,
    ]),
    'an end at a stop word': reply([text], { stop_reason: 'stop_sequence', stop_sequence: 'END' }),
    'an end at the token limit': reply([text], { stop_reason: 'max_tokens' }),
    'an end by a content filter': reply([], { stop_reason: 'refusal' }),
    usage: reply([text]),
    'usage: cached input': reply([text], {
      usage: {
        input_tokens: 8,
        cache_read_input_tokens: 12,
        cache_creation_input_tokens: 0,
        output_tokens: 9,
      },
    }),
    'usage: cache writes': reply([text], {
      usage: {
        input_tokens: 8,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 12,
        output_tokens: 9,
      },
    }),
    'usage: cache writes for an hour': reply([text], {
      usage: {
        input_tokens: 8,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 12,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 10 },
        output_tokens: 9,
      },
    }),
  },
};
