/** The whole request, written: put together again from its carry, or anew when the call is of another dialect. */
import type { Call } from '../../core/call.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { RequestChange } from '../dialect.ts';
import { dialect, own } from './carry.ts';
import { writeForeignRequest } from './foreign-request.ts';
import { writeMessage, writeSystem } from './message.ts';
import { tierWords } from './request-reader.ts';
import { writeTool, writeToolChoice } from './tools.ts';

/** The object in a seat, with what was taken from it put back. */
function filled(rest: JsonObject, key: string, values: JsonObject): JsonObject {
  const inner = rest[key];
  return { ...(isObject(inner) ? inner : {}), ...values };
}

function fillOutput(written: JsonObject, fields: JsonObject, call: Call): void {
  const { responseFormat: format, reasoning } = call;
  if (reasoning?.effort !== undefined)
    written.output_config = filled(written, 'output_config', { effort: reasoning.effort });
  if (format?.type !== 'json-schema') return;
  const value: JsonObject = { type: 'json_schema', ...own(format.carry), schema: format.schema };
  if (Object.hasOwn(fields, 'output_format') && fields.output_format === undefined)
    written.output_format = value;
  else written.output_config = filled(written, 'output_config', { format: value });
}

function fillThinking(written: JsonObject, { reasoning }: Call): void {
  if (reasoning?.mode === undefined) return;
  const values: JsonObject = { type: reasoning.mode };
  if (reasoning.budgetTokens !== undefined) values.budget_tokens = reasoning.budgetTokens;
  if (reasoning.show !== undefined) values.display = reasoning.show ? 'summarized' : 'omitted';
  written.thinking = filled(written, 'thinking', values);
}

function writeOwnRequest(call: Call, { model }: RequestChange): JsonObject {
  const fields = own(call.carry);
  const messages = call.messages.filter((message) => message.apart !== true).map(writeMessage);
  const written: JsonObject = { ...fields, model, messages };
  const system = writeSystem(call.messages);
  if (system !== undefined) written.system = system;
  // `stream` stays in the carry, where an explicit false is kept apart from silence.
  if (call.stream) written.stream = true;
  if (call.maxOutputTokens !== undefined) written.max_tokens = call.maxOutputTokens;
  if (call.tools !== undefined) written.tools = call.tools.map(writeTool);
  if (call.toolChoice !== undefined)
    written.tool_choice = writeToolChoice(call.toolChoice, call.parallelToolCalls);
  if (call.stop !== undefined)
    written.stop_sequences = typeof call.stop === 'string' ? [call.stop] : [...call.stop];
  fillThinking(written, call);
  fillOutput(written, fields, call);
  if (call.endUser !== undefined) written.metadata = filled(written, 'metadata', { user_id: call.endUser });
  const { temperature, topP, topK } = call.sampling;
  if (temperature !== undefined) written.temperature = temperature;
  if (topP !== undefined) written.top_p = topP;
  if (topK !== undefined) written.top_k = topK;
  if (call.serviceTier !== undefined) written.service_tier = tierWords[call.serviceTier];
  return written;
}

export function writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject {
  return call.carry.dialect === dialect
    ? writeOwnRequest(call, change)
    : writeForeignRequest(call, change, losses);
}
