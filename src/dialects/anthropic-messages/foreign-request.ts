/** A request written anew for a call of another dialect. */
import type { Call } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { nameUnserved, writeTier } from '../../core/serving.ts';
import type { RequestChange } from '../dialect.ts';
import { systemOf, writeConversation } from './conversation.ts';
import { writeTools } from './foreign-tools.ts';
import { familyOf } from './model-families.ts';
import { writeFormat } from './output-format.ts';
import { writeReasoning } from './reasoning.ts';
import { tierWords } from './request-reader.ts';
import { writeSampling } from './sampling.ts';

/** Blank ones are a 400. */
function writeStop(stop: Call['stop'], losses: Losses): string[] {
  const words = typeof stop === 'string' ? [stop] : [...(stop ?? [])];
  const written = words.filter((word) => word.trim() !== '');
  if (written.length < words.length) losses.add('stop');
  return written;
}

/** Throws `unsupported_value` for what cannot be left out. */
export function writeForeignRequest(call: Call, { model }: RequestChange, losses: Losses): JsonObject {
  const family = familyOf(model);
  const maxTokens = call.maxOutputTokens ?? family.maxOutputTokens;
  const { system, messages } = writeConversation(call, losses);
  const { format, instruction } = writeFormat(call.responseFormat, family, losses);
  if (instruction !== undefined) system.push({ type: 'text', text: instruction });
  const { thinking, effort } = writeReasoning(call, family, maxTokens, losses);
  const isThinking = thinking !== undefined && thinking.type !== 'disabled';
  const stop = writeStop(call.stop, losses);
  if (call.metadata !== undefined && Object.keys(call.metadata).length > 0) losses.add('metadata');

  const written: JsonObject = { model, max_tokens: maxTokens };
  const prompt = systemOf(system);
  if (prompt !== undefined) written.system = prompt;
  written.messages = messages;
  Object.assign(written, writeTools(call, losses));
  if (thinking !== undefined) written.thinking = thinking;
  if (effort !== undefined || format !== undefined)
    written.output_config = { ...(effort !== undefined && { effort }), ...(format && { format }) };
  Object.assign(written, writeSampling(call, family, isThinking, losses));
  if (stop.length > 0) written.stop_sequences = stop;
  if (call.endUser !== undefined) written.metadata = { user_id: call.endUser };
  const tier = writeTier(tierWords, call.serviceTier, losses);
  if (tier !== undefined) written.service_tier = tier;
  nameUnserved(call, losses);
  if (call.stream) written.stream = true;
  return written;
}
