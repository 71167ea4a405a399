/** What every Converse request must say, checked the same whether its body passes through or is translated. */
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { CallHead, OutputWish, RequestLine } from '../dialect.ts';
import { wrongType } from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';

const lists = ['messages', 'system'];
const objects = ['inferenceConfig', 'toolConfig', 'outputConfig', 'requestMetadata'];

/** `messages` may be absent: a stored prompt has its own. */
export function readHead(json: JsonObject, line?: RequestLine): CallHead {
  const model = line?.model;
  if (model === undefined || model === '')
    throw new GatewayError('missing_required_parameter', 'Missing required parameter: modelId.', {
      param: 'modelId',
    });
  for (const key of lists)
    if (json[key] != null && !Array.isArray(json[key])) throw wrongType(key, 'an array', json[key]);
  for (const key of objects)
    if (json[key] != null && !isObject(json[key])) throw wrongType(key, 'an object', json[key]);
  // A stream's metadata always reports usage.
  return { model, stream: line?.stream === true, wantsUsage: true };
}

export function readOutputWish({ inferenceConfig }: JsonObject): OutputWish {
  return outputWish(isObject(inferenceConfig) ? [inferenceConfig.maxTokens] : []);
}
