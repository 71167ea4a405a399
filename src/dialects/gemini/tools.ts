/** Tools and the choice among them, read and put together again. One entry of Gemini's list may hold many tools. */
import type { Call, Tool, ToolChoice } from '../../core/call.ts';
import { carriedFields, takeString } from '../../core/carry.ts';
import { textSchema } from '../../core/custom-calls.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { dialect, fieldOf, fillSeat, hasSeat, keyOf, takeField } from './fields.ts';
import { toJsonSchema } from './schema.ts';

function other(fields: JsonObject): Tool {
  return { type: 'other', carry: { dialect, fields } };
}

function isDeclarations(key: string): boolean {
  return key === 'functionDeclarations' || key === 'function_declarations';
}

function readDeclaration(raw: JsonValue): Tool {
  if (!isObject(raw) || typeof raw.name !== 'string') return other({ value: raw });
  const fields: JsonObject = { ...raw };
  const name = takeField(fields, 'name') as string;
  const description = takeString(fields, 'description');
  const hasSchema = isObject(fieldOf(fields, 'parametersJsonSchema'));
  const parameters = hasSchema ? (takeField(fields, 'parametersJsonSchema') as JsonObject) : undefined;
  // Converted there is no exact way back, so Google's own schema stays where it is.
  const converted = isObject(fields.parameters) ? toJsonSchema(fields.parameters) : undefined;
  const schema = parameters ?? converted;
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { parameters: schema }),
    carry: { dialect, fields },
  };
}

interface ReadTools {
  readonly tools: readonly Tool[];
  /** The list's shape, an empty seat for each tool: it says which tools stood in one entry. */
  readonly seats: JsonValue;
}

export function readTools(raw: JsonValue[] | JsonObject): ReadTools {
  const tools: Tool[] = [];
  const readEntry = (entry: JsonValue): JsonValue => {
    if (!isObject(entry)) {
      tools.push(other({ value: entry }));
      return null;
    }
    const seats: JsonObject = {};
    for (const [key, value] of Object.entries(entry)) {
      const isList = isDeclarations(key) && Array.isArray(value);
      tools.push(...(isList ? value.map(readDeclaration) : [other({ [key]: value })]));
      seats[key] = isList ? value.map(() => null) : undefined;
    }
    return seats;
  };
  const seats = Array.isArray(raw) ? raw.map(readEntry) : readEntry(raw);
  return { tools, seats };
}

function restoreTool(tool: Tool | undefined): JsonValue {
  if (tool?.type === 'other') return tool.carry.fields.value ?? null;
  if (tool?.type !== 'function') return null;
  const fields: JsonObject = { ...carriedFields(tool.carry, dialect) };
  fillSeat(fields, 'name', tool.name);
  fillSeat(fields, 'description', tool.description);
  fillSeat(fields, 'parametersJsonSchema', tool.parameters);
  return fields;
}

/** The list put together again, tool by tool into its seats. */
export function restoreTools(tools: readonly Tool[], seats: JsonValue): JsonValue {
  const waiting = [...tools];
  const restoreEntry = (entry: JsonValue): JsonValue => {
    if (!isObject(entry)) return restoreTool(waiting.shift());
    const written: JsonObject = {};
    for (const [key, seat] of Object.entries(entry)) {
      if (Array.isArray(seat)) written[key] = seat.map(() => restoreTool(waiting.shift()));
      else {
        const tool = waiting.shift();
        written[key] = tool?.type === 'other' ? tool.carry.fields[key] : null;
      }
    }
    return written;
  };
  return Array.isArray(seats) ? seats.map(restoreEntry) : restoreEntry(seats);
}

const modes: ReadonlyMap<JsonValue | undefined, 'auto' | 'required' | 'none'> = new Map([
  ['AUTO', 'auto'],
  ['ANY', 'required'],
  ['NONE', 'none'],
]);

/** Takes the choice out of `toolConfig`, whose seats stay in `fields`. Several allowed names stay there too. */
export function takeToolChoice(fields: JsonObject): ToolChoice | undefined {
  const configKey = keyOf(fields, 'toolConfig');
  const config = fields[configKey];
  if (!isObject(config)) return undefined;
  const callingKey = keyOf(config, 'functionCallingConfig');
  const calling = config[callingKey];
  if (!isObject(calling)) return undefined;
  const inner: JsonObject = { ...calling };
  const type = modes.get(inner.mode);
  if (type === undefined) return undefined;
  takeField(inner, 'mode');
  fields[configKey] = { ...config, [callingKey]: inner };
  const allowed = fieldOf(inner, 'allowedFunctionNames');
  if (type !== 'required' || !Array.isArray(allowed) || allowed.length !== 1) return { type };
  const [name] = allowed;
  if (typeof name !== 'string') return { type };
  takeField(inner, 'allowedFunctionNames');
  return { type: 'named', name };
}

const modeWords = { auto: 'AUTO', required: 'ANY', none: 'NONE' } as const;

/** Google's words for a choice; nothing for one only another dialect has. */
export function writeToolChoice(choice: ToolChoice): JsonObject | undefined {
  if (choice.type === 'other') return undefined;
  if (choice.type === 'named') return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  return { mode: modeWords[choice.type] };
}

/** Puts the choice back into the seats of a copied `toolConfig`. */
export function restoreToolChoice(fields: JsonObject, choice: ToolChoice): void {
  const written = writeToolChoice(choice);
  const configKey = keyOf(fields, 'toolConfig');
  const config = fields[configKey];
  if (written === undefined || !isObject(config)) return;
  const callingKey = keyOf(config, 'functionCallingConfig');
  const calling = config[callingKey];
  if (!isObject(calling) || !hasSeat(calling, 'mode')) return;
  const inner: JsonObject = { ...calling };
  fillSeat(inner, 'mode', written.mode);
  fillSeat(inner, 'allowedFunctionNames', written.allowedFunctionNames);
  fields[configKey] = { ...config, [callingKey]: inner };
}

/** The tools of another dialect as one list of declarations, JSON Schema untouched. */
export function declare(tools: NonNullable<Call['tools']>, note: (loss: string) => void): JsonObject[] {
  const declarations: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.type === 'other') continue;
    if (tool.type === 'custom') {
      declarations.push({
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        parametersJsonSchema: textSchema(tool, note),
      });
      continue;
    }
    if (tool.strict === true) note('tools.strict');
    if (tool.cache !== undefined) note('cache_control');
    declarations.push({
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...(tool.parameters !== undefined && { parametersJsonSchema: tool.parameters }),
    });
  }
  return declarations;
}
