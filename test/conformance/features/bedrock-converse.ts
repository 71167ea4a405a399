/** How Bedrock Converse says each feature. */
import type { JsonObject } from '../../../src/core/json.ts';
import { mp4, type Phrasebook, parameters, pdf, png, replySchema } from './feature.ts';

const user = { role: 'user', content: [{ text: 'Hi' }] };
const request = (more: JsonObject, messages: JsonObject[] = [user]): JsonObject => ({ messages, ...more });
const said = (...blocks: JsonObject[]) =>
  request({}, [{ role: 'user', content: [{ text: 'Look' }, ...blocks] }]);
const spec = { name: 'weather', description: 'Weather now', inputSchema: { json: parameters } };
const toolConfig = { tools: [{ toolSpec: spec }] };
const call = (id: string, city: string): JsonObject => ({
  toolUse: { toolUseId: id, name: 'weather', input: { city } },
});
const result = (id: string, content: JsonObject, status = 'success'): JsonObject => ({
  toolResult: { toolUseId: id, content: [content], status },
});
const dialogue = (calls: JsonObject[], results: JsonObject[]) =>
  request({ toolConfig }, [user, { role: 'assistant', content: calls }, { role: 'user', content: results }]);
const image = { image: { format: 'png', source: { bytes: png } } };
const document = { format: 'pdf', name: 'a', source: { bytes: pdf } };
const earlier = (block: JsonObject) =>
  request({}, [
    user,
    { role: 'assistant', content: [{ reasoningContent: block }, { text: 'Hello' }] },
    { role: 'user', content: [{ text: 'More' }] },
  ]);
const inference = (inferenceConfig: JsonObject) => request({ inferenceConfig });

const usage = { inputTokens: 20, outputTokens: 9, totalTokens: 29 };
const reply = (content: JsonObject[], more: JsonObject = {}): JsonObject => ({
  output: { message: { role: 'assistant', content } },
  stopReason: 'end_turn',
  usage,
  metrics: { latencyMs: 100 },
  ...more,
});
const text = { text: 'Hello' };

export const bedrockConversePhrases: Phrasebook = {
  line: { model: 'anthropic.claude-sonnet-4-5', stream: false },
  requests: {
    'a system prompt': request({ system: [{ text: 'Be brief.' }] }),
    'several turns': request({}, [
      user,
      { role: 'assistant', content: [{ text: 'Hello' }] },
      { role: 'user', content: [{ text: 'More' }] },
    ]),
    'an image in base64': said(image),
    'a PDF in base64': said({ document }),
    video: said({ video: { format: 'mp4', source: { bytes: mp4 } } }),
    'a document with citations': said({ document: { ...document, citations: { enabled: true } } }),
    tools: request({ toolConfig }),
    'a strict tool': request({ toolConfig: { tools: [{ toolSpec: { ...spec, strict: true } }] } }),
    'a tool the provider runs': request({
      toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] },
    }),
    'tool choice: auto': request({ toolConfig: { ...toolConfig, toolChoice: { auto: {} } } }),
    'tool choice: required': request({ toolConfig: { ...toolConfig, toolChoice: { any: {} } } }),
    'tool choice: one by name': request({
      toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'weather' } } },
    }),
    'a tool call and its result': dialogue(
      [call('tooluse_1', 'Oslo')],
      [result('tooluse_1', { text: 'Rain' })],
    ),
    'parallel tool calls and their results': dialogue(
      [call('tooluse_1', 'Oslo'), call('tooluse_2', 'Rome')],
      [result('tooluse_1', { text: 'Rain' }), result('tooluse_2', { text: 'Sun' })],
    ),
    'a tool result that is an error': dialogue(
      [call('tooluse_1', 'Oslo')],
      [result('tooluse_1', { text: 'Failed' }, 'error')],
    ),
    'an image in a tool result': dialogue([call('tooluse_1', 'Oslo')], [result('tooluse_1', image)]),
    'a reasoning budget': request({
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } },
      inferenceConfig: { maxTokens: 9000 },
    }),
    'earlier reasoning with its signature': earlier({ reasoningText: { text: 'Hm', signature: 'c2ln' } }),
    'earlier reasoning, redacted': earlier({ redactedContent: 'ZW5j' }),
    'a cache mark': said({ cachePoint: { type: 'default' } }),
    'a cache mark for an hour': said({ cachePoint: { type: 'default', ttl: '1h' } }),
    temperature: inference({ temperature: 0.5 }),
    'top p': inference({ topP: 0.9 }),
    'top k': request({ additionalModelRequestFields: { top_k: 40 } }),
    'stop words': inference({ stopSequences: ['END', 'STOP'] }),
    'a limit of output tokens': inference({ maxTokens: 500 }),
    'JSON by a schema': request({
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { schema: JSON.stringify(replySchema), name: 'reply' } },
        },
      },
    }),
    metadata: request({ requestMetadata: { team: 'red' } }),
    'a service tier': request({ serviceTier: { type: 'priority' } }),
    'safety settings': request({ guardrailConfig: { guardrailIdentifier: 'abc', guardrailVersion: '1' } }),
  },
  replies: {
    text: reply([text]),
    'a tool call': reply([call('tooluse_1', 'Oslo')], { stopReason: 'tool_use' }),
    'parallel tool calls': reply([call('tooluse_1', 'Oslo'), call('tooluse_2', 'Rome')], {
      stopReason: 'tool_use',
    }),
    reasoning: reply([{ reasoningContent: { reasoningText: { text: 'Hm' } } }, text]),
    'reasoning with its signature': reply([
      { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2ln' } } },
      text,
    ]),
    'reasoning, redacted': reply([{ reasoningContent: { redactedContent: 'ZW5j' } }, text]),
    'an image': reply([image]),
    'an end at a stop word': reply([text], { stopReason: 'stop_sequence' }),
    'an end at the token limit': reply([text], { stopReason: 'max_tokens' }),
    'an end by a content filter': reply([text], { stopReason: 'guardrail_intervened' }),
    usage: reply([text]),
    'usage: cached input': reply([text], {
      usage: { ...usage, inputTokens: 8, totalTokens: 29, cacheReadInputTokens: 12 },
    }),
    'usage: cache writes': reply([text], {
      usage: { ...usage, inputTokens: 8, totalTokens: 29, cacheWriteInputTokens: 12 },
    }),
    'usage: cache writes for an hour': reply([text], {
      usage: {
        ...usage,
        inputTokens: 8,
        cacheWriteInputTokens: 12,
        cacheDetails: [
          { ttl: '5m', inputTokens: 2 },
          { ttl: '1h', inputTokens: 10 },
        ],
      },
    }),
  },
};
