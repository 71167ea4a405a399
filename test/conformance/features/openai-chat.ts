/** How OpenAI Chat says each feature. */
import type { JsonObject } from '../../../src/core/json.ts';
import { type Phrasebook, parameters, pdf, png, replySchema, wav } from './feature.ts';

const user = { role: 'user', content: 'Hi' };
const request = (more: JsonObject, messages: JsonObject[] = [user]): JsonObject => ({
  model: 'm',
  messages,
  ...more,
});
const said = (...parts: JsonObject[]) =>
  request({}, [{ role: 'user', content: [{ type: 'text', text: 'Look' }, ...parts] }]);
const tool = { type: 'function', function: { name: 'weather', description: 'Weather now', parameters } };
const call = (id: string, city: string): JsonObject => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: `{"city":"${city}"}` },
});
const result = (id: string, content: string): JsonObject => ({ role: 'tool', tool_call_id: id, content });
const dialogue = (...messages: JsonObject[]) => request({ tools: [tool] }, [user, ...messages]);

const usage = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 };
const reply = (message: JsonObject, more: JsonObject = {}, finish = 'stop'): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1767225600,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: null, refusal: null, ...message },
      logprobs: null,
      finish_reason: finish,
    },
  ],
  usage,
  ...more,
});

export const openaiChatPhrases: Phrasebook = {
  requests: {
    'a system prompt': request({}, [{ role: 'system', content: 'Be brief.' }, user]),
    'several turns': request({}, [
      user,
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'More' },
    ]),
    'an image in base64': said({ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }),
    'an image by URL': said({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }),
    audio: said({ type: 'input_audio', input_audio: { data: wav, format: 'wav' } }),
    'a PDF in base64': said({
      type: 'file',
      file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
    }),
    'an uploaded file by id': said({ type: 'file', file: { file_id: 'file-abc123' } }),
    tools: request({ tools: [tool] }),
    'a strict tool': request({ tools: [{ type: 'function', function: { ...tool.function, strict: true } }] }),
    'a custom tool (plain text)': request({
      tools: [{ type: 'custom', custom: { name: 'shell', description: 'Runs' } }],
    }),
    'a tool the provider runs': request({ web_search_options: {} }),
    'tool choice: auto': request({ tools: [tool], tool_choice: 'auto' }),
    'tool choice: required': request({ tools: [tool], tool_choice: 'required' }),
    'tool choice: none': request({ tools: [tool], tool_choice: 'none' }),
    'tool choice: one by name': request({
      tools: [tool],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    }),
    'no parallel tool calls': request({ tools: [tool], parallel_tool_calls: false }),
    'a tool call and its result': dialogue(
      { role: 'assistant', content: null, tool_calls: [call('call_1', 'Oslo')] },
      result('call_1', 'Rain'),
    ),
    'parallel tool calls and their results': dialogue(
      { role: 'assistant', content: null, tool_calls: [call('call_1', 'Oslo'), call('call_2', 'Rome')] },
      result('call_1', 'Rain'),
      result('call_2', 'Sun'),
    ),
    'the signature of a tool call': dialogue(
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ ...call('call_1', 'Oslo'), extra_content: { google: { thought_signature: 'c2ln' } } }],
      },
      result('call_1', 'Rain'),
    ),
    'reasoning effort': request({ reasoning_effort: 'high' }),
    'a reasoning budget': request({ reasoning: { max_tokens: 2000 }, max_completion_tokens: 8000 }),
    'reasoning off': request({ reasoning_effort: 'none' }),
    'earlier reasoning with its signature': request({}, [
      user,
      {
        role: 'assistant',
        content: 'Hello',
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 'c2ln', index: 0 }],
      },
      { role: 'user', content: 'More' },
    ]),
    'earlier reasoning, redacted': request({}, [
      user,
      {
        role: 'assistant',
        content: 'Hello',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZW5j', index: 0 }],
      },
      { role: 'user', content: 'More' },
    ]),
    'a cache mark': said({ type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } }),
    'a cache mark for an hour': said({
      type: 'text',
      text: 'Long',
      cache_control: { type: 'ephemeral', ttl: '1h' },
    }),
    temperature: request({ temperature: 0.5 }),
    'top p': request({ top_p: 0.9 }),
    'top k': request({ top_k: 40 }),
    'stop words': request({ stop: ['END', 'STOP'] }),
    'a limit of output tokens': request({ max_completion_tokens: 500 }),
    'a seed': request({ seed: 7 }),
    penalties: request({ frequency_penalty: 0.5, presence_penalty: 0.25 }),
    'log probabilities': request({ logprobs: true, top_logprobs: 3 }),
    'two choices': request({ n: 2 }),
    'JSON of any shape': request({ response_format: { type: 'json_object' } }),
    'JSON by a schema': request({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'reply', schema: replySchema, strict: true },
      },
    }),
    'an end user': request({ user: 'ann' }),
    metadata: request({ metadata: { team: 'red' } }),
    'a service tier': request({ service_tier: 'priority' }),
    verbosity: request({ verbosity: 'low' }),
    'a cache key': request({ prompt_cache_key: 'k', prompt_cache_retention: '24h' }),
    'a reply to be kept': request({ store: true }),
    'a bias of tokens': request({ logit_bias: { '50256': -100 } }),
  },
  replies: {
    text: reply({ content: 'Hello' }),
    'a tool call': reply({ tool_calls: [call('call_1', 'Oslo')] }, {}, 'tool_calls'),
    'parallel tool calls': reply(
      { tool_calls: [call('call_1', 'Oslo'), call('call_2', 'Rome')] },
      {},
      'tool_calls',
    ),
    'the signature of a tool call': reply(
      {
        tool_calls: [{ ...call('call_1', 'Oslo'), extra_content: { google: { thought_signature: 'c2ln' } } }],
      },
      {},
      'tool_calls',
    ),
    'a custom tool call': reply(
      { tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'shell', input: 'ls' } }] },
      {},
      'tool_calls',
    ),
    reasoning: reply({ reasoning_content: 'Hm', content: 'Hello' }),
    'reasoning with its signature': reply({
      content: 'Hello',
      reasoning_content: 'Hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 'c2ln', index: 0 }],
    }),
    'reasoning, redacted': reply({
      content: 'Hello',
      reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZW5j', index: 0 }],
    }),
    'a refusal': reply({ refusal: 'No.' }),
    'a citation by URL': reply({
      content: 'Hello',
      annotations: [
        {
          type: 'url_citation',
          url_citation: { url: 'https://example.com', title: 'T', start_index: 0, end_index: 5 },
        },
      ],
    }),
    'log probabilities': {
      ...reply({ content: 'Hi' }),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi', refusal: null },
          logprobs: {
            content: [
              {
                token: 'Hi',
                logprob: -0.1,
                bytes: [72, 105],
                top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }],
              },
            ],
            refusal: null,
          },
          finish_reason: 'stop',
        },
      ],
    },
    'an image': reply({
      content: 'Here',
      images: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }],
    }),
    'an end at the token limit': reply({ content: 'Hel' }, {}, 'length'),
    'an end by a content filter': reply({ content: 'Hel' }, {}, 'content_filter'),
    usage: reply({ content: 'Hello' }),
    'usage: cached input': reply(
      { content: 'Hello' },
      { usage: { ...usage, prompt_tokens_details: { cached_tokens: 12 } } },
    ),
    'usage: reasoning': reply(
      { content: 'Hello' },
      { usage: { ...usage, completion_tokens_details: { reasoning_tokens: 5 } } },
    ),
  },
};
