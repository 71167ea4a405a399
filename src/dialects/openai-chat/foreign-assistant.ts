/**
 * What an assistant said in another dialect, as a message of OpenAI Chat.
 *
 * Reasoning goes back the way servers of this API give it out: text in `reasoning_content`, signatures and encrypted
 * pieces in `reasoning_details`, and only within the running turn. There the servers that reason in the open want it;
 * of earlier turns they drop it themselves, and servers that never reason in the open would refuse the fields should the
 * model be exchanged between two turns.
 */
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Part, ReasoningPart, ToolCallPart } from '../../core/part.ts';
import { putSignature } from '../openai/thought-signature.ts';
import { writeReasoningDetail } from './foreign-content.ts';

function putReasoning(message: JsonObject, parts: readonly ReasoningPart[]): void {
  const text = parts.map((part) => part.text).join('');
  if (text !== '') message.reasoning_content = text;
  if (parts.some((part) => part.signature !== undefined || part.redacted !== undefined))
    message.reasoning_details = parts.map(writeReasoningDetail);
}

function writeCall(part: ToolCallPart, isRunning: boolean, mapId: (id: string) => string): JsonObject {
  const { name } = part;
  const id = mapId(part.id);
  if (part.kind === 'custom') return { id, type: 'custom', custom: { name, input: part.arguments } };
  // Models are given empty arguments as they are given none: servers parse them.
  const call: JsonObject = { id, type: 'function', function: { name, arguments: part.arguments || '{}' } };
  if (isRunning) putSignature(call, part.signature);
  return call;
}

/** `isRunning`: no user has spoken since. Media are the caller's: no assistant's message can hold them. */
export function writeAssistant(
  parts: readonly Part[],
  isRunning: boolean,
  mapId: (id: string) => string,
  losses: Losses,
): JsonObject {
  const texts = parts.filter((part) => part.type === 'text' && part.text !== '');
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('');
  const calls = parts.filter((part) => part.type === 'tool-call');
  const reasoning = parts.filter((part) => part.type === 'reasoning');
  const message: JsonObject = {};
  const firstCall = parts.findIndex((part) => part.type === 'tool-call');
  if (firstCall !== -1 && parts.lastIndexOf(texts.at(-1) as Part) > firstCall)
    losses.add('order of texts and tool calls');
  if (texts.length > 1)
    message.content = texts.map((part) => ({ type: 'text', text: part.type === 'text' ? part.text : '' }));
  else if (texts[0]?.type === 'text') message.content = texts[0].text;
  else message.content = calls.length > 0 || refusal !== '' ? null : '';
  if (refusal !== '') message.refusal = refusal;
  if (isRunning) putReasoning(message, reasoning);
  else if (reasoning.length > 0 || calls.some(({ signature }) => signature !== undefined))
    losses.add('reasoning of earlier turns');
  if (calls.length > 0) message.tool_calls = calls.map((part) => writeCall(part, isRunning, mapId));
  return message;
}
