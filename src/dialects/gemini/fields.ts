/** Fields as Google's JSON spells them: lowerCamelCase or the proto's own snake_case, both in traffic, even in one body. */
import { take } from '../../core/carry.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

export const dialect = 'gemini';

/** Every field read here that has two spellings: a table, since each chunk of a stream looks up dozens. */
export const snakeCased = {
  allowedFunctionNames: 'allowed_function_names',
  anyOf: 'any_of',
  blockReason: 'block_reason',
  cacheTokensDetails: 'cache_tokens_details',
  cachedContentTokenCount: 'cached_content_token_count',
  candidateCount: 'candidate_count',
  candidatesTokenCount: 'candidates_token_count',
  candidatesTokensDetails: 'candidates_tokens_details',
  chosenCandidates: 'chosen_candidates',
  citationMetadata: 'citation_metadata',
  citationSources: 'citation_sources',
  createTime: 'create_time',
  displayName: 'display_name',
  endIndex: 'end_index',
  fileData: 'file_data',
  fileUri: 'file_uri',
  finishMessage: 'finish_message',
  finishReason: 'finish_reason',
  frequencyPenalty: 'frequency_penalty',
  functionCall: 'function_call',
  functionCallingConfig: 'function_calling_config',
  functionDeclarations: 'function_declarations',
  functionResponse: 'function_response',
  generateContentRequest: 'generate_content_request',
  generationConfig: 'generation_config',
  groundingChunkIndices: 'grounding_chunk_indices',
  groundingChunks: 'grounding_chunks',
  groundingMetadata: 'grounding_metadata',
  groundingSupports: 'grounding_supports',
  includeThoughts: 'include_thoughts',
  inlineData: 'inline_data',
  logProbability: 'log_probability',
  logprobsResult: 'logprobs_result',
  maxItems: 'max_items',
  maxLength: 'max_length',
  maxOutputTokens: 'max_output_tokens',
  maxProperties: 'max_properties',
  mimeType: 'mime_type',
  minItems: 'min_items',
  minLength: 'min_length',
  minProperties: 'min_properties',
  modelVersion: 'model_version',
  outputDimensionality: 'output_dimensionality',
  parametersJsonSchema: 'parameters_json_schema',
  partIndex: 'part_index',
  partialArgs: 'partial_args',
  presencePenalty: 'presence_penalty',
  promptFeedback: 'prompt_feedback',
  promptTokenCount: 'prompt_token_count',
  promptTokensDetails: 'prompt_tokens_details',
  propertyOrdering: 'property_ordering',
  responseId: 'response_id',
  responseJsonSchema: 'response_json_schema',
  _responseJsonSchema: '_response_json_schema',
  responseLogprobs: 'response_logprobs',
  responseMimeType: 'response_mime_type',
  responseModalities: 'response_modalities',
  responseSchema: 'response_schema',
  retrievedContext: 'retrieved_context',
  serviceTier: 'service_tier',
  sourceUri: 'source_uri',
  startIndex: 'start_index',
  stopSequences: 'stop_sequences',
  systemInstruction: 'system_instruction',
  taskType: 'task_type',
  thinkingBudget: 'thinking_budget',
  thinkingConfig: 'thinking_config',
  thinkingLevel: 'thinking_level',
  thoughtSignature: 'thought_signature',
  thoughtsTokenCount: 'thoughts_token_count',
  tokenCount: 'token_count',
  toolConfig: 'tool_config',
  toolUsePromptTokenCount: 'tool_use_prompt_token_count',
  topCandidates: 'top_candidates',
  topK: 'top_k',
  topP: 'top_p',
  usageMetadata: 'usage_metadata',
} as const;

/** lowerCamelCase; a name of one word has one spelling. */
export type FieldName = keyof typeof snakeCased | Lowercase<string>;

const otherSpelling: Readonly<Record<string, string | undefined>> = snakeCased;

/** The spelling a field has in this object, its empty seat included; lowerCamelCase where it has none. */
export function keyOf(fields: JsonObject, camel: FieldName): string {
  if (Object.hasOwn(fields, camel)) return camel;
  const snake = otherSpelling[camel];
  return snake !== undefined && Object.hasOwn(fields, snake) ? snake : camel;
}

export function fieldOf(fields: JsonObject, camel: FieldName): JsonValue | undefined {
  return fields[camel] ?? fields[keyOf(fields, camel)];
}

export function takeField(fields: JsonObject, camel: FieldName): JsonValue | undefined {
  return take(fields, keyOf(fields, camel));
}

/** Taken only when it is a string, as `takeString` does. */
export function takeText(fields: JsonObject, camel: FieldName): string | undefined {
  return typeof fieldOf(fields, camel) === 'string' ? (takeField(fields, camel) as string) : undefined;
}

/** Whether a reader took this field: its seat is there, and empty. */
export function hasSeat(fields: JsonObject, camel: FieldName): boolean {
  const key = keyOf(fields, camel);
  return Object.hasOwn(fields, key) && fields[key] === undefined;
}

/** Puts a value back where it was taken from; nothing happens where nothing was taken. */
export function fillSeat(fields: JsonObject, camel: FieldName, value: JsonValue | undefined): void {
  if (hasSeat(fields, camel)) fields[keyOf(fields, camel)] = value;
}
