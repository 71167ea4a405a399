/** How Gemini says each feature. */
import type { JsonObject } from '../../../src/core/json.ts';
import { mp4, type Phrasebook, parameters, pdf, png, replySchema, wav } from './feature.ts';

const user = { role: 'user', parts: [{ text: 'Hi' }] };
const request = (more: JsonObject, contents: JsonObject[] = [user]): JsonObject => ({ contents, ...more });
const said = (...parts: JsonObject[]) => request({}, [{ role: 'user', parts: [{ text: 'Look' }, ...parts] }]);
const declaration = { name: 'weather', description: 'Weather now', parametersJsonSchema: parameters };
const tools = [{ functionDeclarations: [declaration] }];
const call = (city: string, more: JsonObject = {}): JsonObject => ({
  functionCall: { name: 'weather', args: { city } },
  ...more,
});
const result = (response: JsonObject): JsonObject => ({ functionResponse: { name: 'weather', response } });
const dialogue = (calls: JsonObject[], results: JsonObject[]) =>
  request({ tools }, [user, { role: 'model', parts: calls }, { role: 'user', parts: results }]);
const choice = (config: JsonObject) => request({ tools, toolConfig: { functionCallingConfig: config } });
const generation = (generationConfig: JsonObject) => request({ generationConfig });

const usageMetadata = { promptTokenCount: 20, candidatesTokenCount: 9, totalTokenCount: 29 };
const reply = (parts: JsonObject[], more: JsonObject = {}, candidate: JsonObject = {}): JsonObject => ({
  candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0, ...candidate }],
  usageMetadata,
  modelVersion: 'm',
  responseId: 'r1',
  ...more,
});
const text = { text: 'Hello' };

export const geminiPhrases: Phrasebook = {
  line: { model: 'm', stream: false },
  requests: {
    'a system prompt': request({ systemInstruction: { parts: [{ text: 'Be brief.' }] } }),
    'several turns': request({}, [
      user,
      { role: 'model', parts: [{ text: 'Hello' }] },
      { role: 'user', parts: [{ text: 'More' }] },
    ]),
    'an image in base64': said({ inlineData: { mimeType: 'image/png', data: png } }),
    'an image by URL': said({ fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } }),
    audio: said({ inlineData: { mimeType: 'audio/wav', data: wav } }),
    'a PDF in base64': said({ inlineData: { mimeType: 'application/pdf', data: pdf } }),
    video: said({ inlineData: { mimeType: 'video/mp4', data: mp4 } }),
    tools: request({ tools }),
    'a tool the provider runs': request({ tools: [{ googleSearch: {} }] }),
    'tool choice: auto': choice({ mode: 'AUTO' }),
    'tool choice: required': choice({ mode: 'ANY' }),
    'tool choice: none': choice({ mode: 'NONE' }),
    'tool choice: one by name': choice({ mode: 'ANY', allowedFunctionNames: ['weather'] }),
    'a tool call and its result': dialogue([call('Oslo')], [result({ result: 'Rain' })]),
    'parallel tool calls and their results': dialogue(
      [call('Oslo'), call('Rome')],
      [result({ result: 'Rain' }), result({ result: 'Sun' })],
    ),
    'a tool result that is an error': dialogue([call('Oslo')], [result({ error: 'Failed' })]),
    'the signature of a tool call': dialogue(
      [call('Oslo', { thoughtSignature: 'c2ln' })],
      [result({ result: 'Rain' })],
    ),
    'reasoning effort': generation({ thinkingConfig: { thinkingLevel: 'high' } }),
    'a reasoning budget': generation({ thinkingConfig: { thinkingBudget: 2000 } }),
    'reasoning off': generation({ thinkingConfig: { thinkingBudget: 0 } }),
    temperature: generation({ temperature: 0.5 }),
    'top p': generation({ topP: 0.9 }),
    'top k': generation({ topK: 40 }),
    'stop words': generation({ stopSequences: ['END', 'STOP'] }),
    'a limit of output tokens': generation({ maxOutputTokens: 500 }),
    'a seed': generation({ seed: 7 }),
    penalties: generation({ frequencyPenalty: 0.5, presencePenalty: 0.25 }),
    'log probabilities': generation({ responseLogprobs: true, logprobs: 3 }),
    'two choices': generation({ candidateCount: 2 }),
    'JSON of any shape': generation({ responseMimeType: 'application/json' }),
    'JSON by a schema': generation({ responseMimeType: 'application/json', responseJsonSchema: replySchema }),
    'safety settings': request({
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
    }),
  },
  replies: {
    text: reply([text]),
    'a tool call': reply([call('Oslo')]),
    'parallel tool calls': reply([call('Oslo'), call('Rome')]),
    'the signature of a tool call': reply([call('Oslo', { thoughtSignature: 'c2ln' })]),
    reasoning: reply([{ text: 'Hm', thought: true }, text]),
    'a citation by URL': reply(
      [text],
      {},
      {
        groundingMetadata: {
          groundingChunks: [{ web: { uri: 'https://example.com', title: 'T' } }],
          groundingSupports: [
            { segment: { startIndex: 0, endIndex: 5, text: 'Hello' }, groundingChunkIndices: [0] },
          ],
        },
      },
    ),
    'log probabilities': reply(
      [{ text: 'Hi' }],
      {},
      {
        logprobsResult: {
          chosenCandidates: [{ token: 'Hi', logProbability: -0.1 }],
          topCandidates: [{ candidates: [{ token: 'Hi', logProbability: -0.1 }] }],
        },
      },
    ),
    'an image': reply([{ inlineData: { mimeType: 'image/png', data: png } }]),
    'a call of a tool the provider runs': reply([
      { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
      text,
    ]),
    'an end at the token limit': reply([text], {}, { finishReason: 'MAX_TOKENS' }),
    'an end by a content filter': reply([text], {}, { finishReason: 'SAFETY' }),
    usage: reply([text]),
    'usage: cached input': reply([text], {
      usageMetadata: { ...usageMetadata, cachedContentTokenCount: 12 },
    }),
    'usage: reasoning': reply([text], {
      usageMetadata: {
        promptTokenCount: 20,
        candidatesTokenCount: 4,
        thoughtsTokenCount: 5,
        totalTokenCount: 29,
      },
    }),
  },
};
