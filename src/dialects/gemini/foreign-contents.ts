/** The messages of another dialect as Gemini's contents: system prompts apart, tool results together, signatures in place. */
import type { Message } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part, ToolResultPart } from '../../core/part.ts';
import { excuseFirstCall, isCurrent, sign } from './call-signatures.ts';
import { type Note, writePart, writeResult } from './foreign-part.ts';

interface Content extends JsonObject {
  role: 'user' | 'model';
  parts: JsonObject[];
}

interface WrittenContents {
  readonly system: JsonObject[];
  readonly contents: Content[];
}

class Contents {
  readonly list: Content[] = [];
  readonly #model: string;
  readonly #note: Note;
  /** Names of the calls made so far, by id, in the order they were made. */
  readonly #calls = new Map<string, string>();
  /** The last content holds tool results, which stand in a content of their own. */
  #holdsResults = false;

  constructor(model: string, note: Note) {
    this.#model = model;
    this.#note = note;
  }

  add(role: 'user' | 'model', parts: readonly JsonObject[], areResults = false): void {
    if (parts.length === 0) return;
    const last = this.list.at(-1);
    if (last?.role === role && this.#holdsResults === areResults) last.parts.push(...parts);
    else this.list.push({ role, parts: [...parts] });
    this.#holdsResults = areResults;
  }

  assistant(message: Message): void {
    for (const part of message.parts) {
      if (part.type !== 'tool-call') continue;
      // An id used again belongs to the later call.
      this.#calls.delete(part.id);
      this.#calls.set(part.id, part.name);
    }
    this.add('model', this.#written(message.parts));
  }

  user(message: Message): void {
    const results = message.parts.filter((part) => part.type === 'tool-result');
    this.#results(results);
    this.add('user', this.#written(message.parts.filter((part) => part.type !== 'tool-result')));
  }

  #results(results: readonly ToolResultPart[]): void {
    // Models that know no ids pair results with calls by their order.
    const order = [...this.#calls.keys()];
    const sorted = results.toSorted((a, b) => order.indexOf(a.toolCallId) - order.indexOf(b.toolCallId));
    const written = sorted.map((result) => {
      const name = result.name ?? this.#calls.get(result.toolCallId) ?? result.toolCallId;
      return writeResult(result, name, this.#model, this.#note);
    });
    this.add(
      'user',
      written.map(({ response }) => response),
      true,
    );
    this.add(
      'user',
      written.flatMap(({ beside }) => beside),
    );
  }

  #written(parts: readonly Part[]): JsonObject[] {
    return sign(parts, (part) => writePart(part, this.#note));
  }
}

/** Consecutive messages whose results belong together: each tool message of Chat holds but one. */
function together(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'tool' && last?.role === 'tool')
      joined[joined.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
    else joined.push(message);
  }
  return joined;
}

export function writeContents(messages: readonly Message[], model: string, note: Note): WrittenContents {
  const contents = new Contents(model, note);
  const system: JsonObject[] = [];
  let begun = false;
  for (const message of together(messages)) {
    if (message.name !== undefined) note('messages.name');
    switch (message.role) {
      case 'system':
      case 'developer': {
        const parts = message.parts.flatMap((part) => writePart(part, note));
        if (message.apart === true || !begun) system.push(...parts);
        else {
          // Gemini has no system turns: told as the user's, it at least keeps its place.
          note('system message inside the conversation (said by the user)');
          contents.add('user', parts);
        }
        break;
      }
      case 'assistant':
        begun = true;
        contents.assistant(message);
        break;
      case 'user':
      case 'tool':
        begun = true;
        contents.user(message);
        break;
      case 'other':
        note('message of an unknown role');
    }
  }
  // A prompt that is all there is has to be someone's turn.
  if (contents.list.length === 0 && system.length > 0) {
    note('system prompt (said by the user)');
    contents.add('user', system.splice(0));
  }
  return { system, contents: withSentinels(contents.list, model) };
}

function withSentinels(contents: Content[], model: string): Content[] {
  return contents.map((content, at) =>
    content.role === 'model' && isCurrent(contents, at)
      ? { ...content, parts: excuseFirstCall(content.parts, model) }
      : content,
  );
}
