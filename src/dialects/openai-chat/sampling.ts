/** How replies are drawn, in OpenAI Chat's words. */
import type { Sampling } from '../../core/call.ts';
import { takeFlag, takeNumber } from '../../core/carry.ts';
import type { JsonObject } from '../../core/json.ts';

/** Our names, and OpenAI's; `top_k` is an extension of compatible servers. */
const keys = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  seed: 'seed',
  choices: 'n',
  topLogprobs: 'top_logprobs',
} as const satisfies Partial<Record<keyof Sampling, string>>;
const names = Object.entries(keys) as [keyof typeof keys, string][];

export function takeSampling(fields: JsonObject): Sampling {
  const found = names.map(([name, key]) => [name, takeNumber(fields, key)] as const);
  const logprobs = takeFlag(fields, 'logprobs');
  return {
    ...Object.fromEntries(found.filter(([, value]) => value !== undefined)),
    ...(logprobs !== undefined && { logprobs }),
  };
}

export function putSampling(fields: JsonObject, sampling: Sampling): void {
  for (const [name, key] of names) {
    const value = sampling[name];
    if (value !== undefined) fields[key] = value;
  }
  if (sampling.logprobs !== undefined) fields.logprobs = sampling.logprobs;
}
