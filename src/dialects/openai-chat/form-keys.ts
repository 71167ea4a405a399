/** What in OpenAI Chat is form, or a default said aloud: no other API could miss it. */
import { formKeys as familyKeys } from '../openai/form-keys.ts';

export const formKeys: ReadonlySet<string> = new Set([
  ...familyKeys,
  // A request may ask for what streams do anyway (OpenRouter), or say where a piece of reasoning comes from.
  'usage',
  'format',
  'id',
  // Replies: read piece by piece as events, or of interest to the operator alone.
  'reply.choices',
  'reply.prompt_filter_results',
  'reply.provider',
  'reply.request_id',
  'reply.service_tier',
  'reply.timings',
  'reply.time_info',
  'reply.usage_breakdown',
  'reply.x_groq',
]);
