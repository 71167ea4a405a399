/** Another API's tools and the choice among them, in Anthropic's words. */
import type { Call, Tool } from '../../core/call.ts';
import { textSchema } from '../../core/custom-calls.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { choiceWords, writeFunctionTool } from './tools.ts';

function writeTool(tool: Tool, losses: Losses): JsonObject[] {
  // Named as lost where the call's leftovers are.
  if (tool.type === 'other') return [];
  if (tool.type === 'custom') {
    const { name, description } = tool;
    const parameters = textSchema(tool, (loss) => losses.add(loss));
    return [writeFunctionTool({ type: 'function', name, ...(description && { description }), parameters })];
  }
  const { strict, parameters, ...rest } = tool;
  const schema: JsonObject = isObject(parameters) ? { ...parameters } : { properties: {} };
  schema.type ??= 'object';
  return [writeFunctionTool({ ...rest, parameters: schema, ...(strict === true && { strict }) })];
}

function writeChoice({ toolChoice, parallelToolCalls }: Call): JsonValue | undefined {
  const single = parallelToolCalls === false;
  if (toolChoice === undefined || toolChoice.type === 'other')
    return single ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
  if (toolChoice.type === 'none') return { type: 'none' };
  const written: JsonObject =
    toolChoice.type === 'named'
      ? { type: 'tool', name: toolChoice.name }
      : { type: choiceWords[toolChoice.type] };
  if (single) written.disable_parallel_tool_use = true;
  return written;
}

/** `tools` and `tool_choice`; a choice without tools would be a 400. */
export function writeTools(call: Call, losses: Losses): JsonObject {
  const tools = (call.tools ?? []).flatMap((tool) => writeTool(tool, losses));
  if (tools.length === 0) {
    const type = call.toolChoice?.type;
    if (type === 'required' || type === 'named') losses.add('tool_choice');
    return {};
  }
  const choice = writeChoice(call);
  return { tools, ...(choice !== undefined && { tool_choice: choice }) };
}
