/** Tools that stand in the input, as Codex sends them for the newest models: other APIs have one list, beside the conversation. */
import type { Call, Tool } from '../../core/call.ts';
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonValue } from '../../core/json.ts';
import { dialect } from './content.ts';
import { readTool } from './tools.ts';

/** Tools of this namespace are known by their plain names; calls in any other must say theirs. */
const plainNamespace = 'functions';

function toolsOf(raw: JsonValue): Tool[] {
  const isPlain = isObject(raw) && raw.type === 'namespace' && raw.name === plainNamespace;
  return isPlain && Array.isArray(raw.tools) ? raw.tools.map(readTool) : [readTool(raw)];
}

/** The call with such tools in its list, where the last of a name counts, and without the items that held them. */
export function withListedTools(call: Call): Call {
  const found: Tool[] = [];
  const messages = call.messages.filter(({ role, parts: [part] }) => {
    const raw = role === 'other' && part?.type === 'other' ? carriedFields(part.carry, dialect).value : null;
    if (!isObject(raw) || raw.type !== 'additional_tools' || !Array.isArray(raw.tools)) return true;
    found.push(...raw.tools.flatMap(toolsOf));
    return false;
  });
  if (found.length === 0) return call;
  const all = [...(call.tools ?? []), ...found];
  const last = new Map(all.map((tool, at) => [tool.type === 'other' ? at : tool.name, tool]));
  return { ...call, messages, tools: [...last.values()] };
}
