/** What every request for content must say. The model and the wish to stream stand in the request line. */
import { isObject, type JsonObject } from '../../core/json.ts';
import type { CallHead, OutputWish, RequestLine } from '../dialect.ts';
import { requiredField, requiredString, wrongType } from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';
import { fieldOf } from './fields.ts';

/** The model of the request line, or, where there is none, the body's own. */
export function modelOf(json: JsonObject, line: RequestLine | undefined): string {
  if (line?.model !== undefined && line.model !== '') return line.model;
  return requiredString(json, 'model').replace(/^models\//, '');
}

export function readHead(json: JsonObject, line?: RequestLine): CallHead {
  const model = modelOf(json, line);
  const contents = requiredField(json, 'contents');
  // Google's JSON reader takes a single object for a list of one.
  if (!Array.isArray(contents) && !isObject(contents)) throw wrongType('contents', 'an array', contents);
  for (const param of ['generationConfig', 'toolConfig'] as const) {
    const value = fieldOf(json, param);
    if (value !== undefined && value !== null && !isObject(value)) throw wrongType(param, 'an object', value);
  }
  // Every stream of this API tells its usage unasked.
  const head: CallHead = { model, stream: line?.stream === true, wantsUsage: true };
  return line?.asArray === true ? { ...head, asArray: true } : head;
}

export function readOutputWish(json: JsonObject): OutputWish {
  const config = fieldOf(json, 'generationConfig');
  if (!isObject(config)) return outputWish([]);
  return outputWish([fieldOf(config, 'maxOutputTokens')], fieldOf(config, 'candidateCount'));
}
