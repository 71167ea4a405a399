/** Thought signatures on the parts of a call from another dialect, and what excuses their absence. */
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { generationOf } from './thinking.ts';

/** Google's documented word for calls that Gemini did not make, or whose signature was lost on the way. */
const sentinel = 'skip_thought_signature_validator';
/** The field holds bytes, so anything but base64 fails the whole request. */
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

export function isSignature(signature: string | undefined): signature is string {
  return signature !== undefined && base64.test(signature);
}

/**
 * Writes parts, and puts a signature that stands alone (reasoning without text) on the part it belongs to: the next one, if
 * that can have it, else a text part of its own, which is how Gemini streams it.
 */
export function sign(parts: readonly Part[], write: (part: Part) => JsonObject[]): JsonObject[] {
  const written: JsonObject[] = [];
  let waiting: string | undefined;
  const release = () => {
    if (waiting !== undefined) written.push({ text: '', thoughtSignature: waiting });
    waiting = undefined;
  };
  for (const part of parts) {
    if (part.type === 'reasoning' && part.text === '' && part.redacted === undefined) {
      release();
      if (isSignature(part.signature)) waiting = part.signature;
      continue;
    }
    const [first, ...rest] = write(part);
    if (first === undefined) continue;
    const takes = waiting !== undefined && first.thought !== true && first.thoughtSignature === undefined;
    if (takes) written.push({ ...first, thoughtSignature: waiting });
    else {
      release();
      written.push(first);
    }
    if (takes) waiting = undefined;
    written.push(...rest);
  }
  release();
  return written;
}

interface Content {
  readonly role: string;
  readonly parts: readonly JsonObject[];
}

function holdsResults(content: Content | undefined): boolean {
  return content?.parts.some((part) => part.functionResponse !== undefined) === true;
}

/** Whether the content at `at` is of the current turn: what the user said last, results of tools apart, came before it. */
export function isCurrent(contents: readonly Content[], at: number): boolean {
  return !contents.some(
    (content, position) =>
      position > at &&
      content.role === 'user' &&
      !holdsResults(content) &&
      // What comes along with results may be their images.
      !holdsResults(contents[position - 1]),
  );
}

/** From Gemini 3 on the first call of each step in the current turn must be signed; those beside it need not. */
export function excuseFirstCall(parts: readonly JsonObject[], model: string): JsonObject[] {
  const first = parts.findIndex((part) => part.functionCall !== undefined);
  const isExcused = generationOf(model) >= 3 && first !== -1;
  return parts.map((part, at) =>
    isExcused && at === first && part.thoughtSignature === undefined
      ? { ...part, thoughtSignature: sentinel }
      : part,
  );
}
