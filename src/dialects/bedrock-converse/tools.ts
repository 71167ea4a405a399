/** Tools, the choice among them and the shape of the answer, read from Converse and put together again. */
import type { Call, ResponseFormat, Tool, ToolChoice } from '../../core/call.ts';
import { type Carry, carriedFields, take, takeFlag, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { cacheMarkOf, cachePoint, parsed } from './block.ts';

const dialect = 'bedrock-converse';

function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

function readTool(raw: JsonValue): Tool {
  const spec = isObject(raw) && Object.keys(raw).length === 1 ? raw.toolSpec : undefined;
  if (!isObject(spec) || typeof spec.name !== 'string')
    return { type: 'other', carry: carry({ value: raw }) };
  const inner: JsonObject = { ...spec };
  const name = take(inner, 'name') as string;
  const description = takeString(inner, 'description');
  const strict = takeFlag(inner, 'strict');
  let parameters: JsonObject | undefined;
  if (isObject(inner.inputSchema) && isObject(inner.inputSchema.json)) {
    const schema: JsonObject = { ...inner.inputSchema };
    parameters = take(schema, 'json') as JsonObject;
    inner.inputSchema = schema;
  }
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
    carry: carry({ toolSpec: inner }),
  };
}

function readTools(list: readonly JsonValue[]): Tool[] {
  const tools: Tool[] = [];
  for (const raw of list) {
    const mark = cacheMarkOf(raw);
    const last = tools.at(-1);
    if (mark !== undefined && last?.type === 'function' && last.cache === undefined)
      tools[tools.length - 1] = { ...last, cache: mark };
    else tools.push(readTool(raw));
  }
  return tools;
}

function restoreTool(tool: Tool): JsonValue[] {
  const fields = carriedFields(tool.carry, dialect);
  if (tool.type === 'other') return [fields.value ?? null];
  const inner: JsonObject = { ...(isObject(fields.toolSpec) ? fields.toolSpec : {}), name: tool.name };
  if (tool.description !== undefined) inner.description = tool.description;
  if (tool.type === 'function') {
    if (tool.parameters !== undefined)
      inner.inputSchema = {
        ...(isObject(inner.inputSchema) ? inner.inputSchema : {}),
        json: tool.parameters,
      };
    if (tool.strict !== undefined) inner.strict = tool.strict;
  }
  const written = { ...fields, toolSpec: inner };
  return tool.type === 'function' && tool.cache !== undefined ? [written, cachePoint(tool.cache)] : [written];
}

function isBare(value: JsonValue | undefined): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function readToolChoice(raw: JsonValue): ToolChoice {
  if (isObject(raw) && Object.keys(raw).length === 1) {
    if (isBare(raw.auto)) return { type: 'auto' };
    if (isBare(raw.any)) return { type: 'required' };
    if (isObject(raw.tool) && typeof raw.tool.name === 'string' && Object.keys(raw.tool).length === 1)
      return { type: 'named', name: raw.tool.name };
  }
  return { type: 'other', carry: carry({ value: raw }) };
}

/** Undefined where Converse has no word: to forbid every tool. */
export function writeToolChoice(choice: ToolChoice): JsonValue | undefined {
  switch (choice.type) {
    case 'auto':
      return { auto: {} };
    case 'required':
      return { any: {} };
    case 'named':
      return { tool: { name: choice.name } };
    case 'none':
      return undefined;
    case 'other':
      return carriedFields(choice.carry, dialect).value;
  }
}

type ToolFields = Pick<Call, 'tools' | 'toolChoice'>;

/** Takes what is typed out of `toolConfig`. */
export function takeToolConfig(fields: JsonObject): ToolFields {
  if (!isObject(fields.toolConfig)) return {};
  const inner: JsonObject = { ...fields.toolConfig };
  fields.toolConfig = inner;
  const tools = Array.isArray(inner.tools) ? readTools(take(inner, 'tools') as JsonValue[]) : undefined;
  const choice =
    inner.toolChoice == null ? undefined : readToolChoice(take(inner, 'toolChoice') as JsonValue);
  return { ...(tools !== undefined && { tools }), ...(choice !== undefined && { toolChoice: choice }) };
}

export function restoreToolConfig(call: ToolFields, written: JsonObject): void {
  if (call.tools === undefined && call.toolChoice === undefined) return;
  const inner: JsonObject = { ...(isObject(written.toolConfig) ? written.toolConfig : {}) };
  if (call.tools !== undefined) inner.tools = call.tools.flatMap(restoreTool);
  if (call.toolChoice !== undefined) inner.toolChoice = writeToolChoice(call.toolChoice);
  written.toolConfig = inner;
}

/** The one member of an object that has no other. */
function only(value: JsonValue | undefined, key: string): JsonObject | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  const inner = value[key];
  return isObject(inner) ? inner : undefined;
}

/** Takes the shape of the answer; the schema's own text stays behind, for its spacing. */
export function takeOutputFormat(fields: JsonObject): ResponseFormat | undefined {
  const config = fields.outputConfig;
  if (!isObject(config) || !isObject(config.textFormat)) return undefined;
  const { type, structure, ...rest } = config.textFormat;
  const definition = only(structure, 'jsonSchema');
  if (type !== 'json_schema' || Object.keys(rest).length > 0) return undefined;
  if (typeof definition?.schema !== 'string') return undefined;
  const inner: JsonObject = { ...definition };
  const name = takeString(inner, 'name');
  const description = takeString(inner, 'description');
  fields.outputConfig = { ...config, textFormat: undefined };
  return {
    type: 'json-schema',
    schema: parsed(definition.schema),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    // The service holds the model to the schema.
    strict: true,
    carry: carry(inner),
  };
}

function definitionOf(format: Extract<ResponseFormat, { type: 'json-schema' }>): JsonObject {
  const inner: JsonObject = { ...carriedFields(format.carry, dialect) };
  const said = typeof inner.schema === 'string' ? inner.schema : undefined;
  const isSame = said !== undefined && Bun.deepEquals(parsed(said), format.schema);
  if (!isSame) inner.schema = JSON.stringify(format.schema);
  if (format.name !== undefined) inner.name = format.name;
  if (format.description !== undefined) inner.description = format.description;
  return inner;
}

export function writeOutputFormat(format: ResponseFormat | undefined, written: JsonObject): void {
  if (format?.type !== 'json-schema') return;
  const config = isObject(written.outputConfig) ? written.outputConfig : {};
  const structure = { jsonSchema: definitionOf(format) };
  written.outputConfig = { ...config, textFormat: { type: 'json_schema', structure } };
}
