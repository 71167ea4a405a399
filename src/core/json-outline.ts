/**
 * One pass over JSON text before anything parses it: how deep it nests, how many keys its top level has, and where
 * chosen top-level values stand, so that a value can be exchanged without touching any other byte.
 *
 * It does not validate: `JSON.parse` does. Strings are skipped with the native search, so prompts cost next to nothing.
 */
export interface JsonOutline {
  /** Keys at the top level, repeats counted: more than `Object.keys` finds means a repeated key. */
  readonly topLevelKeys: number;
  /** Start and end (exclusive) of the values of the wanted top-level keys that were written without escapes. */
  readonly spans: ReadonlyMap<string, Span>;
  /** Where the closing brace of the top-level object stands; -1 when there is none. */
  readonly closingBrace: number;
  readonly tooDeep: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A replacement of text[start, end) by `text`. */
export interface Edit extends Span {
  readonly text: string;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

/** The index of the quote that ends the string opened just before `from`; the text's length when none does. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

/** The wanted key that text[start, end) says. Compared where it stands: most keys are not wanted, and need not be cut out. */
function keyAt(text: string, start: number, end: number, wanted: ReadonlySet<string>): string | undefined {
  for (const key of wanted) if (key.length === end - start && text.startsWith(key, start)) return key;
  return undefined;
}

export function outlineJson(text: string, wanted: ReadonlySet<string>, maxDepth: number): JsonOutline {
  const spans = new Map<string, Span>();
  let depth = 0;
  let topLevelKeys = 0;
  let closingBrace = -1;
  let expectsKey = false;
  let key: string | undefined;
  let valueStart = -1;
  let lastInk = -1;

  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) continue;
    if (depth === 1) {
      const endsValue = code === comma || code === 0x7d || code === 0x5d;
      if (key !== undefined && valueStart === -1 && code !== colon) valueStart = at;
      if (endsValue) {
        if (key !== undefined && valueStart !== -1) spans.set(key, { start: valueStart, end: lastInk + 1 });
        key = undefined;
        valueStart = -1;
      }
    }
    if (code === quote) {
      const end = closingQuote(text, at + 1);
      if (depth === 1 && expectsKey) {
        expectsKey = false;
        topLevelKeys++;
        key = keyAt(text, at + 1, end, wanted) ?? key;
      }
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      depth++;
      if (depth > maxDepth) return { topLevelKeys, spans, closingBrace, tooDeep: true };
      if (depth === 1) expectsKey = code === 0x7b;
    } else if (code === 0x7d || code === 0x5d) {
      if (depth === 1 && code === 0x7d) closingBrace = at;
      depth--;
    } else if (code === comma && depth === 1) expectsKey = true;
    lastInk = at;
  }
  return { topLevelKeys, spans, closingBrace, tooDeep: false };
}

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of edits.length > 1 ? edits.toSorted((a, b) => a.start - b.start) : edits) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}
