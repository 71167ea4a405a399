/** The arguments of a call as the object Anthropic wants, whatever became of their text. */
import { textArgument } from '../../core/custom-calls.ts';
import { isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';
import { outlineJson } from '../../core/json-outline.ts';

const maxDepth = 256;
const nothing: ReadonlySet<string> = new Set();

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
  // Deeper than any schema asks for, and than what can be written again without fail.
  if (outlineJson(text, nothing, maxDepth).tooDeep)
    return { input: { [textArgument]: text }, isWhole: false };
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

/** What a scan finds in a text that is no complete JSON. */
interface Remains {
  /** After the last place where a value inside a container was complete; -1 where there is none. */
  readonly cut: number;
  /** What closes the containers that are open there. */
  readonly closing: string;
  readonly isInString: boolean;
}

function scan(text: string): Remains {
  const closers: string[] = [];
  let cut = -1;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') {
      closers.push(character === '{' ? '}' : ']');
      cut = at + 1;
    } else if (character === ',') cut = at;
    else if (character === '}' || character === ']') {
      closers.pop();
      cut = at + 1;
      // The value is complete; what follows is none of it.
      if (closers.length === 0) break;
    }
  }
  return { cut, closing: closers.reverse().join(''), isInString };
}

/** The value a text says in JSON, mended when it was cut short; undefined when it is no beginning of any. */
function salvage(text: string): JsonValue | undefined {
  const { cut, closing, isInString } = scan(text);
  const cutEscape = /\\(?:u[0-9a-fA-F]{0,3})?$/.exec(text);
  const tail = cutEscape === null ? text : text.slice(0, cutEscape.index);
  return (
    parsed(text) ??
    (isInString ? (parsed(`${text}"${closing}`) ?? parsed(`${tail}"${closing}`)) : parsed(text + closing)) ??
    (cut === -1 ? undefined : parsed(text.slice(0, cut) + closing))
  );
}
