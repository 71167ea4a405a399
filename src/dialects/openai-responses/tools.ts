/** Tools, the choice among them and the shape of the answer, read from Responses and written back. */
import type { CustomTool, FunctionTool, ResponseFormat, Tool, ToolChoice } from '../../core/call.ts';
import { carriedFields, take, takeFlag, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { carry, dialect, other } from './content.ts';

/** OpenAI Chat nests what Responses says flat; between the dialects it is nested. */
function nestedGrammar(format: JsonObject): JsonObject | undefined {
  const { type, syntax, definition, ...rest } = format;
  if (Object.keys(rest).length > 0) return undefined;
  if (type === 'text' && syntax === undefined && definition === undefined) return format;
  if (type !== 'grammar' || typeof syntax !== 'string' || typeof definition !== 'string') return undefined;
  return { type, grammar: { syntax, definition } };
}

function flatGrammar(format: JsonObject): JsonObject {
  return isObject(format.grammar) ? { type: 'grammar', ...format.grammar } : format;
}

export function readTool(raw: JsonValue): Tool {
  if (!isObject(raw) || typeof raw.name !== 'string') return other(raw);
  if (raw.type !== 'function' && raw.type !== 'custom') return other(raw);
  const fields: JsonObject = { ...raw };
  const name = take(fields, 'name') as string;
  const description = takeString(fields, 'description');
  const said = { name, ...(description !== undefined && { description }), carry: carry(fields) };
  if (raw.type === 'custom') {
    const format = isObject(fields.format) ? nestedGrammar(fields.format) : undefined;
    if (format !== undefined) take(fields, 'format');
    return { type: 'custom', ...said, ...(format !== undefined && { format }) };
  }
  const parameters = isObject(fields.parameters) ? (take(fields, 'parameters') as JsonObject) : undefined;
  const strict = takeFlag(fields, 'strict');
  return {
    type: 'function',
    ...said,
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

function writeFunction(tool: FunctionTool, isOwn: boolean, losses: Losses): JsonObject {
  const written: JsonObject = { type: 'function', ...carriedFields(tool.carry, dialect), name: tool.name };
  if (tool.description !== undefined) written.description = tool.description;
  if (tool.parameters !== undefined) written.parameters = tool.parameters;
  if (tool.strict !== undefined) written.strict = tool.strict;
  if (isOwn) return written;
  written.parameters ??= { type: 'object', properties: {} };
  // Here silence means strict, everywhere else it does not.
  written.strict ??= false;
  if (tool.cache !== undefined) losses.add('cache_control');
  return written;
}

function writeCustom(tool: CustomTool): JsonObject {
  const written: JsonObject = { type: 'custom', ...carriedFields(tool.carry, dialect), name: tool.name };
  if (tool.description !== undefined) written.description = tool.description;
  if (tool.format !== undefined) written.format = flatGrammar(tool.format);
  return written;
}

/** Undefined for a tool only another dialect has. */
export function writeTool(tool: Tool, losses: Losses): JsonValue | undefined {
  if (tool.type === 'other') return carriedFields(tool.carry, dialect).value;
  const isOwn = tool.carry?.dialect === dialect;
  return tool.type === 'custom' ? writeCustom(tool) : writeFunction(tool, isOwn, losses);
}

function isCustom(name: string, tools: readonly Tool[] | undefined): boolean {
  return tools?.some((tool) => tool.type === 'custom' && tool.name === name) ?? false;
}

/** A named choice says whether its tool is a function or a custom one, which the list of tools says again. */
export function readToolChoice(raw: JsonValue, tools: readonly Tool[] | undefined): ToolChoice {
  if (raw === 'auto' || raw === 'required' || raw === 'none') return { type: raw };
  if (!isObject(raw) || typeof raw.name !== 'string' || Object.keys(raw).length !== 2) return other(raw);
  const type = isCustom(raw.name, tools) ? 'custom' : 'function';
  return raw.type === type ? { type: 'named', name: raw.name } : other(raw);
}

export function writeToolChoice(
  choice: ToolChoice,
  tools: readonly Tool[] | undefined,
): JsonValue | undefined {
  if (choice.type === 'other') return carriedFields(choice.carry, dialect).value;
  if (choice.type !== 'named') return choice.type;
  return { type: isCustom(choice.name, tools) ? 'custom' : 'function', name: choice.name };
}

export function readResponseFormat(raw: JsonValue): ResponseFormat {
  if (!isObject(raw)) return other(raw);
  if (raw.type === 'text' && Object.keys(raw).length === 1) return { type: 'text' };
  if (raw.type === 'json_object' && Object.keys(raw).length === 1) return { type: 'json' };
  if (raw.type !== 'json_schema' || raw.schema === undefined) return other(raw);
  const fields: JsonObject = { ...raw };
  const schema = take(fields, 'schema') as JsonValue;
  const name = takeString(fields, 'name');
  const description = takeString(fields, 'description');
  const strict = takeFlag(fields, 'strict');
  return {
    type: 'json-schema',
    schema,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
    carry: carry(fields),
  };
}

/** Undefined for a format only another dialect has. */
export function writeResponseFormat(format: ResponseFormat): JsonValue | undefined {
  if (format.type === 'other') return carriedFields(format.carry, dialect).value;
  if (format.type !== 'json-schema') return { type: format.type === 'json' ? 'json_object' : 'text' };
  const written: JsonObject = { type: 'json_schema', ...carriedFields(format.carry, dialect) };
  // The API wants a name; clients of others may say none.
  if (format.name !== undefined) written.name = format.name;
  else if (format.carry?.dialect !== dialect) written.name = 'reply';
  if (format.description !== undefined) written.description = format.description;
  if (format.strict !== undefined) written.strict = format.strict;
  return { ...written, schema: format.schema };
}
