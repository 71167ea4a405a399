/** Tools and the choice among them, read and written back. */
import type { FunctionTool, Tool, ToolChoice } from '../../core/call.ts';
import { take, takeFlag, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { carry, hasOnly, other, own, takeCache, writeCache, writeOther } from './carry.ts';

export function readTool(raw: JsonValue): Tool {
  if (!isObject(raw) || (raw.type != null && raw.type !== 'custom')) return other(raw);
  if (typeof raw.name !== 'string' || !isObject(raw.input_schema)) return other(raw);
  const fields: JsonObject = { ...raw };
  const name = take(fields, 'name') as string;
  const parameters = take(fields, 'input_schema') as JsonObject;
  const description = takeString(fields, 'description');
  const strict = takeFlag(fields, 'strict');
  const cache = takeCache(fields);
  return {
    type: 'function',
    name,
    parameters,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
    ...cache,
    carry: carry(fields),
  };
}

export function writeFunctionTool(tool: FunctionTool): JsonObject {
  const written: JsonObject = { ...own(tool.carry), name: tool.name };
  if (tool.description !== undefined) written.description = tool.description;
  written.input_schema = tool.parameters;
  if (tool.strict !== undefined) written.strict = tool.strict;
  return writeCache(written, tool);
}

export function writeTool(tool: Tool): JsonValue {
  if (tool.type === 'other') return writeOther(tool.carry);
  if (tool.type === 'custom') return { name: tool.name };
  return writeFunctionTool(tool);
}

export interface ReadToolChoice {
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls?: boolean;
}

const choiceTypes = { auto: 'auto', any: 'required', none: 'none' } as const;
export const choiceWords = { auto: 'auto', required: 'any', none: 'none' } as const;

function choiceOf({ type, name }: JsonObject): ToolChoice | undefined {
  if (type === 'tool') return typeof name === 'string' ? { type: 'named', name } : undefined;
  if (name !== undefined || typeof type !== 'string' || !Object.hasOwn(choiceTypes, type)) return undefined;
  return { type: choiceTypes[type as keyof typeof choiceTypes] };
}

export function readToolChoice(raw: JsonValue): ReadToolChoice {
  if (!isObject(raw) || !hasOnly(raw, ['type', 'name', 'disable_parallel_tool_use']))
    return { toolChoice: other(raw) };
  const toolChoice = choiceOf(raw);
  const single = raw.disable_parallel_tool_use;
  if (toolChoice === undefined || (single !== undefined && typeof single !== 'boolean'))
    return { toolChoice: other(raw) };
  return { toolChoice, ...(single !== undefined && { parallelToolCalls: !single }) };
}

export function writeToolChoice(choice: ToolChoice, parallel: boolean | undefined): JsonValue {
  if (choice.type === 'other') return writeOther(choice.carry);
  const written: JsonObject =
    choice.type === 'named' ? { type: 'tool', name: choice.name } : { type: choiceWords[choice.type] };
  if (parallel !== undefined) written.disable_parallel_tool_use = !parallel;
  return written;
}
