/** The parts of another dialect's message, written for Gemini. */
import { GatewayError } from '../../core/errors.ts';
import { type JsonObject, parseObject } from '../../core/json.ts';
import type { MediaPart, Part, ReasoningPart, ToolCallPart, ToolResultPart } from '../../core/part.ts';
import { isSignature } from './call-signatures.ts';
import { fileAt, isUploaded, typeOf } from './media.ts';
import { generationOf } from './thinking.ts';
import { responseOf } from './tool-result.ts';

export type Note = (loss: string) => void;

/** Addresses Gemini fetches itself. */
const fetched = /^(?:https?|gs):\/\//i;

function cannotTake(what: string): GatewayError {
  return new GatewayError('unsupported_value', `The provider of this model cannot take ${what}.`, {
    param: 'messages',
  });
}

function writeMedia({ kind, source, name }: MediaPart, note: Note): JsonObject {
  // Only one of Google's two platforms takes a file's name; the other refuses requests that have one.
  if (name !== undefined) note('file name');
  switch (source.type) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } };
    case 'text':
      return { text: source.text };
    case 'url':
      if (!fetched.test(source.url)) throw cannotTake('media from an address of this kind');
      return fileAt(source.url, kind, source.mediaType);
    case 'file':
      if (!isUploaded(source.id)) throw cannotTake('a file that was uploaded to another provider');
      return { fileData: { mimeType: typeOf(source.id, kind), fileUri: source.id } };
  }
}

function writeReasoning({ text, signature, redacted }: ReasoningPart, note: Note): JsonObject[] {
  if (redacted !== undefined) {
    note('redacted reasoning');
    return [];
  }
  return [{ text, thought: true, ...(isSignature(signature) && { thoughtSignature: signature }) }];
}

function argumentsOf({ arguments: text, kind }: ToolCallPart, note: Note): JsonObject {
  if (kind === 'custom') return { input: text };
  if (text.trim() === '') return {};
  const args = parseObject(text);
  if (args !== undefined) return args;
  // Cut short, or no object: the model still sees what it wrote.
  note('tool call arguments that are no JSON object');
  return { arguments: text };
}

function writeCall(part: ToolCallPart, note: Note): JsonObject {
  const { id, name, signature } = part;
  const call: JsonObject = { ...(id !== '' && { id }), name, args: argumentsOf(part, note) };
  return { functionCall: call, ...(isSignature(signature) && { thoughtSignature: signature }) };
}

/** A tool result has a writer of its own; what only another dialect has was named as lost when it was read. */
export function writePart(part: Part, note: Note): JsonObject[] {
  if ('cache' in part && part.cache !== undefined) note('cache_control');
  switch (part.type) {
    case 'text':
    case 'refusal':
      // Google refuses empty text.
      return part.text === '' ? [] : [{ text: part.text }];
    case 'reasoning':
      return writeReasoning(part, note);
    case 'media':
      return [writeMedia(part, note)];
    case 'tool-call':
      return [writeCall(part, note)];
    default:
      return [];
  }
}

interface WrittenResult {
  readonly response: JsonObject;
  /** Media that stand beside the result, in parts of their own. */
  readonly beside: readonly JsonObject[];
}

/** Media go inside the result from Gemini 3 on, and beside it where that is unknown or they are addresses. */
export function writeResult(part: ToolResultPart, name: string, model: string, note: Note): WrittenResult {
  if (part.cache !== undefined) note('cache_control');
  const inner = part.parts.flatMap((content) => {
    const [written] = writePart(content, note);
    return written === undefined ? [] : [written];
  });
  const text = inner.flatMap((written) => (typeof written.text === 'string' ? [written.text] : []));
  const media = inner.filter((written) => written.text === undefined);
  const fits = (written: JsonObject) => written.inlineData !== undefined && generationOf(model) >= 3;
  const inside = media.filter(fits);
  const response: JsonObject = {
    ...(part.toolCallId !== '' && { id: part.toolCallId }),
    name,
    response: responseOf(text.join('\n'), part.isError === true),
    ...(inside.length > 0 && { parts: inside }),
  };
  return {
    response: { functionResponse: response },
    beside: media.filter((written) => !fits(written)),
  };
}
