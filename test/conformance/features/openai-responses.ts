/** How OpenAI Responses says each feature. */
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { type Phrasebook, parameters, pdf, png, replySchema } from './feature.ts';

const user = { role: 'user', content: 'Hi' };
const request = (more: JsonObject, input: JsonValue = [user]): JsonObject => ({ model: 'm', input, ...more });
const said = (...parts: JsonObject[]) =>
  request({}, [{ role: 'user', content: [{ type: 'input_text', text: 'Look' }, ...parts] }]);
const tool = { type: 'function', name: 'weather', description: 'Weather now', parameters, strict: false };
const call = (id: string, city: string): JsonObject => ({
  type: 'function_call',
  call_id: id,
  name: 'weather',
  arguments: `{"city":"${city}"}`,
});
const result = (id: string, output: JsonValue): JsonObject => ({
  type: 'function_call_output',
  call_id: id,
  output,
});
const dialogue = (...items: JsonObject[]) => request({ tools: [tool] }, [user, ...items]);
const earlier = (item: JsonObject) =>
  request({}, [user, item, { role: 'assistant', content: 'Hello' }, { role: 'user', content: 'More' }]);

const usage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 29,
};
const message = (...content: JsonObject[]): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  status: 'completed',
  role: 'assistant',
  content,
});
const text = { type: 'output_text', text: 'Hello', annotations: [], logprobs: [] };
const reply = (output: JsonObject[], more: JsonObject = {}): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1767225600,
  status: 'completed',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: 'm',
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage,
  ...more,
});
const made = (item: JsonObject): JsonObject => ({ ...item, id: 'fc_1', status: 'completed' });

export const openaiResponsesPhrases: Phrasebook = {
  requests: {
    'a system prompt': request({ instructions: 'Be brief.' }),
    'several turns': request({}, [
      user,
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'More' },
    ]),
    'an image in base64': said({ type: 'input_image', image_url: `data:image/png;base64,${png}` }),
    'an image by URL': said({ type: 'input_image', image_url: 'https://example.com/a.png' }),
    'a PDF in base64': said({
      type: 'input_file',
      filename: 'a.pdf',
      file_data: `data:application/pdf;base64,${pdf}`,
    }),
    'an uploaded file by id': said({ type: 'input_file', file_id: 'file-abc123' }),
    tools: request({ tools: [tool] }),
    'a strict tool': request({ tools: [{ ...tool, strict: true }] }),
    'a custom tool (plain text)': request({
      tools: [{ type: 'custom', name: 'shell', description: 'Runs' }],
    }),
    'a tool the provider runs': request({ tools: [{ type: 'web_search' }] }),
    'tool choice: auto': request({ tools: [tool], tool_choice: 'auto' }),
    'tool choice: required': request({ tools: [tool], tool_choice: 'required' }),
    'tool choice: none': request({ tools: [tool], tool_choice: 'none' }),
    'tool choice: one by name': request({
      tools: [tool],
      tool_choice: { type: 'function', name: 'weather' },
    }),
    'no parallel tool calls': request({ tools: [tool], parallel_tool_calls: false }),
    'a tool call and its result': dialogue(call('call_1', 'Oslo'), result('call_1', 'Rain')),
    'parallel tool calls and their results': dialogue(
      call('call_1', 'Oslo'),
      call('call_2', 'Rome'),
      result('call_1', 'Rain'),
      result('call_2', 'Sun'),
    ),
    'an image in a tool result': dialogue(
      call('call_1', 'Oslo'),
      result('call_1', [{ type: 'input_image', image_url: `data:image/png;base64,${png}` }]),
    ),
    'reasoning effort': request({ reasoning: { effort: 'high' } }),
    'reasoning off': request({ reasoning: { effort: 'none' } }),
    'earlier reasoning, redacted': earlier({
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      encrypted_content: 'ZW5j',
    }),
    temperature: request({ temperature: 0.5 }),
    'top p': request({ top_p: 0.9 }),
    'a limit of output tokens': request({ max_output_tokens: 500 }),
    'log probabilities': request({ include: ['message.output_text.logprobs'], top_logprobs: 3 }),
    'JSON of any shape': request({ text: { format: { type: 'json_object' } } }),
    'JSON by a schema': request({
      text: { format: { type: 'json_schema', name: 'reply', schema: replySchema, strict: true } },
    }),
    'an end user': request({ user: 'ann' }),
    metadata: request({ metadata: { team: 'red' } }),
    'a service tier': request({ service_tier: 'priority' }),
    verbosity: request({ text: { verbosity: 'low' } }),
    'a cache key': request({ prompt_cache_key: 'k', prompt_cache_retention: '24h' }),
    'a reply to be kept': request({ store: true }),
    'a stored conversation': request({ previous_response_id: 'resp_0' }),
  },
  replies: {
    text: reply([message(text)]),
    'a tool call': reply([made(call('call_1', 'Oslo'))]),
    'parallel tool calls': reply([
      made(call('call_1', 'Oslo')),
      { ...made(call('call_2', 'Rome')), id: 'fc_2' },
    ]),
    'a custom tool call': reply([
      {
        type: 'custom_tool_call',
        id: 'ctc_1',
        call_id: 'call_1',
        name: 'shell',
        input: 'ls',
        status: 'completed',
      },
    ]),
    reasoning: reply([
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }] },
      message(text),
    ]),
    'reasoning, redacted': reply([
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'ZW5j' },
      message(text),
    ]),
    'a refusal': reply([message({ type: 'refusal', refusal: 'No.' })]),
    'a citation by URL': reply([
      message({
        ...text,
        annotations: [
          { type: 'url_citation', url: 'https://example.com', title: 'T', start_index: 0, end_index: 5 },
        ],
      }),
    ]),
    'log probabilities': reply([
      message({
        ...text,
        text: 'Hi',
        logprobs: [
          {
            token: 'Hi',
            logprob: -0.1,
            bytes: [72, 105],
            top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }],
          },
        ],
      }),
    ]),
    'an image': reply([{ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: png }]),
    'a call of a tool the provider runs': reply([
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
      message(text),
    ]),
    'an end at the token limit': reply([{ ...message(text), status: 'incomplete' }], {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    }),
    'an end by a content filter': reply([], {
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
    }),
    usage: reply([message(text)]),
    'usage: cached input': reply([message(text)], {
      usage: { ...usage, input_tokens_details: { cached_tokens: 12 } },
    }),
    'usage: reasoning': reply([message(text)], {
      usage: { ...usage, output_tokens_details: { reasoning_tokens: 5 } },
    }),
  },
};
