/** The arguments of a call as the object Anthropic wants, whatever became of their text. */
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';

/** The one argument of a tool that takes plain text, where tools take objects only. */
export const textArgument = 'input';

export interface ToolInput {
  readonly input: JsonObject;
  /** The text was an object, or empty: nothing was lost. */
  readonly isWhole: boolean;
}

export interface CallText {
  readonly arguments: string;
  readonly kind?: 'function' | 'custom';
}

/** Never throws: of a text that was cut short, what was complete is kept; one that is no object becomes `input`. */
export function inputOf({ arguments: text, kind }: CallText): ToolInput {
  if (kind === 'custom') return { input: { [textArgument]: text }, isWhole: true };
  if (text.trim() === '') return { input: {}, isWhole: true };
  const whole = parseObject(text);
  if (whole !== undefined) return { input: whole, isWhole: true };
  const saved = salvage(text);
  return { input: isObject(saved) ? saved : { [textArgument]: saved ?? text }, isWhole: false };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The value a text says in JSON, mended when it was cut short; undefined when it is no beginning of any. */
function salvage(text: string): JsonValue | undefined {
  const closers: string[] = [];
  /** After the last complete value inside a container: where to cut, and what to close there. */
  let cut = -1;
  let closing = '';
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
      continue;
    }
    if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      closers.push(character === '{' ? '}' : ']');
      cut = at + 1;
      closing = closers.toReversed().join('');
    } else if (character === '}' || character === ']') {
      closers.pop();
      cut = at + 1;
      closing = closers.toReversed().join('');
    } else if (character === ',') {
      cut = at;
      closing = closers.toReversed().join('');
    }
  }
  const rest = closers.toReversed().join('');
  const unescaped = /(?<!\\)(?:\\\\)*\\(?:u[0-9a-fA-F]{0,3})?$/.exec(text);
  const tail = unescaped === null ? text : text.slice(0, unescaped.index);
  return (
    parsed(text) ??
    (inString ? parsed(`${tail}"${rest}`) : parsed(text + rest)) ??
    (cut === -1 ? undefined : parsed(text.slice(0, cut) + closing))
  );
}
