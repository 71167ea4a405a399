/** Tools, the choice among them and the shape of the answer, read from OpenAI Chat and written back. */

import type { CustomTool, ResponseFormat, Tool, ToolChoice } from '../../core/call.ts';
import { type Carry, carriedFields, take, takeFlag, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { putCache, takeCache } from './cache-mark.ts';

const dialect = 'openai-chat';

function other(value: JsonValue): { type: 'other'; carry: Carry } {
  return { type: 'other', carry: { dialect, fields: { value } } };
}

function writeOther(carry: Carry): JsonValue {
  return carriedFields(carry, dialect).value ?? null;
}

export function readTool(raw: JsonValue): Tool {
  if (isObject(raw) && raw.type === 'custom') return readCustomTool(raw);
  // Compatible servers take a function that does not say it is one.
  const named = isObject(raw) && (raw.type === 'function' || raw.type === undefined);
  if (!named || !isObject(raw.function)) return other(raw);
  const inner: JsonObject = { ...raw.function };
  if (typeof inner.name !== 'string') return other(raw);
  const name = take(inner, 'name') as string;
  const description = takeString(inner, 'description');
  const parameters = isObject(inner.parameters) ? (take(inner, 'parameters') as JsonObject) : undefined;
  const strict = takeFlag(inner, 'strict');
  const fields: JsonObject = { ...raw, function: inner };
  const cache = takeCache(fields);
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
    ...(cache !== undefined && { cache }),
    carry: { dialect, fields },
  };
}

function readCustomTool(raw: JsonObject): Tool {
  const inner: JsonObject = isObject(raw.custom) ? { ...raw.custom } : {};
  const name = takeString(inner, 'name');
  if (name === undefined) return other(raw);
  const description = takeString(inner, 'description');
  const format = isObject(inner.format) ? (take(inner, 'format') as JsonObject) : undefined;
  return {
    type: 'custom',
    name,
    ...(description !== undefined && { description }),
    ...(format !== undefined && { format }),
    carry: { dialect, fields: { ...raw, custom: inner } },
  };
}

function writeCustomTool(tool: CustomTool): JsonValue {
  const fields = carriedFields(tool.carry, dialect);
  const inner: JsonObject = { ...(isObject(fields.custom) ? fields.custom : {}), name: tool.name };
  if (tool.description !== undefined) inner.description = tool.description;
  if (tool.format !== undefined) inner.format = tool.format;
  return { type: 'custom', ...fields, custom: inner };
}

export function writeTool(tool: Tool): JsonValue {
  if (tool.type === 'other') return writeOther(tool.carry);
  if (tool.type === 'custom') return writeCustomTool(tool);
  const fields: JsonObject = { ...carriedFields(tool.carry, dialect) };
  const inner: JsonObject = { ...(isObject(fields.function) ? fields.function : {}), name: tool.name };
  if (tool.description !== undefined) inner.description = tool.description;
  if (tool.parameters !== undefined) inner.parameters = tool.parameters;
  if (tool.strict !== undefined) inner.strict = tool.strict;
  putCache(fields, tool.cache);
  const isRead = Object.hasOwn(fields, 'function');
  return { ...(!isRead && { type: 'function' }), ...fields, function: inner };
}

function kindOf(name: string, tools: readonly Tool[] | undefined): 'function' | 'custom' {
  return tools?.some((tool) => tool.type === 'custom' && tool.name === name) ? 'custom' : 'function';
}

/** A choice by name is understood where its kind is that of the tool so named. */
export function readToolChoice(raw: JsonValue, tools?: readonly Tool[]): ToolChoice {
  if (raw === 'auto' || raw === 'required' || raw === 'none') return { type: raw };
  const kind = isObject(raw) && raw.type === 'custom' ? 'custom' : 'function';
  if (isObject(raw) && raw.type === kind && isObject(raw[kind])) {
    const { name, ...rest } = raw[kind];
    const isPlain = Object.keys(rest).length === 0 && Object.keys(raw).length === 2;
    if (typeof name === 'string' && isPlain && kindOf(name, tools) === kind) return { type: 'named', name };
  }
  return other(raw);
}

export function writeToolChoice(choice: ToolChoice, tools?: readonly Tool[]): JsonValue {
  if (choice.type === 'other') return writeOther(choice.carry);
  if (choice.type !== 'named') return choice.type;
  const kind = kindOf(choice.name, tools);
  return { type: kind, [kind]: { name: choice.name } };
}

export function readResponseFormat(raw: JsonValue): ResponseFormat {
  if (!isObject(raw)) return other(raw);
  if (raw.type === 'text' && Object.keys(raw).length === 1) return { type: 'text' };
  if (raw.type === 'json_object' && Object.keys(raw).length === 1) return { type: 'json' };
  const definition = raw.json_schema;
  if (raw.type !== 'json_schema' || !isObject(definition) || definition.schema === undefined)
    return other(raw);
  const inner: JsonObject = { ...definition };
  const schema = take(inner, 'schema') as JsonValue;
  const name = takeString(inner, 'name');
  const description = takeString(inner, 'description');
  const strict = takeFlag(inner, 'strict');
  return {
    type: 'json-schema',
    schema,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
    carry: { dialect, fields: { ...raw, json_schema: inner } },
  };
}

export function writeResponseFormat(format: ResponseFormat): JsonValue {
  switch (format.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema': {
      const fields = carriedFields(format.carry, dialect);
      // OpenAI wants a name; one that the client left out is not made up for it.
      const inner: JsonObject = isObject(fields.json_schema) ? { ...fields.json_schema } : { name: 'reply' };
      if (format.name !== undefined) inner.name = format.name;
      if (format.description !== undefined) inner.description = format.description;
      if (format.strict !== undefined) inner.strict = format.strict;
      return { type: 'json_schema', ...fields, json_schema: { ...inner, schema: format.schema } };
    }
    case 'other':
      return writeOther(format.carry);
  }
}
