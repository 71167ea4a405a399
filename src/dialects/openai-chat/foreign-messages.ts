/**
 * A conversation of another dialect as messages of OpenAI Chat. Tool results become `tool` messages right after the turn
 * that called; these are text alone, so media in them, and media the model made, follow in the next user message.
 */
import type { Message } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Part, TextPart, ToolResultPart } from '../../core/part.ts';
import { createIdMap } from '../../core/tool-call-ids.ts';
import { writeAssistant } from './foreign-assistant.ts';
import { writeForeignMedia } from './foreign-media.ts';

/** OpenAI refuses longer ids of tool calls. */
const maxIdLength = 64;

function textPart({ text }: TextPart): JsonObject {
  return { type: 'text', text };
}

function textsOf(parts: readonly Part[]): TextPart[] {
  return parts.filter((part) => part.type === 'text' && part.text !== '') as TextPart[];
}

/** One text is a plain string, which every server takes. */
function contentOf(parts: readonly JsonObject[]): string | JsonObject[] {
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && typeof only.text === 'string' ? only.text : [...parts];
}

/** Where the reasoning of the running turn begins: after the last message in which the user speaks. */
function turnStart(messages: readonly Message[]): number {
  const speaks = (message: Message) =>
    message.role === 'user' && message.parts.some((part) => part.type !== 'tool-result');
  return messages.findLastIndex(speaks) + 1;
}

/** OpenAI keeps prompts by itself, and few of its models know marks. */
function hasMark(parts: readonly Part[]): boolean {
  return parts.some(
    (part) =>
      (part.type !== 'other' && part.cache !== undefined) ||
      (part.type === 'tool-result' && hasMark(part.parts)),
  );
}

class ConversationWriter {
  readonly #losses: Losses;
  readonly #mapId = createIdMap({ maxLength: maxIdLength });
  readonly #written: JsonObject[] = [];
  /** What the next user message begins with. */
  #held: JsonObject[] = [];

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  write(messages: readonly Message[]): JsonObject[] {
    const start = turnStart(messages);
    for (const [at, message] of messages.entries()) this.#add(message, at >= start);
    this.#release();
    return this.#written;
  }

  #add(message: Message, isRunning: boolean): void {
    const { role, name, parts } = message;
    if (hasMark(parts)) this.#losses.add('cache_control');
    const named = name === undefined ? {} : { name };
    if (role === 'other') this.#losses.add('messages.role');
    else if (role === 'assistant') {
      this.#release();
      const written = writeAssistant(parts, isRunning, this.#mapId, this.#losses);
      this.#written.push({ role, ...written, ...named });
      if (parts.some((part) => part.type === 'media'))
        this.#losses.add('media of the assistant (shown in a user message)');
      this.#hold('Made by the assistant:', parts);
    } else if (role === 'system' || role === 'developer') {
      this.#release();
      this.#addSystem(role, parts, named);
    } else this.#addUser(parts, named, role === 'user');
  }

  #addSystem(role: string, parts: readonly Part[], named: JsonObject): void {
    const texts = textsOf(parts);
    if (parts.some((part) => part.type === 'media')) this.#losses.add(`${role} message media`);
    if (texts.length > 0) this.#written.push({ role, content: contentOf(texts.map(textPart)), ...named });
  }

  #addUser(parts: readonly Part[], named: JsonObject, isUser: boolean): void {
    const results = parts.filter((part) => part.type === 'tool-result');
    for (const result of results) this.#addResult(result);
    const content: JsonObject[] = [];
    for (const part of parts)
      if (part.type === 'text') content.push(textPart(part));
      else if (part.type === 'media') content.push(writeForeignMedia(part, this.#losses));
    const spoken = content.filter(({ text }) => text !== '');
    if (spoken.length === 0 && (results.length > 0 || !isUser)) return;
    this.#written.push({ role: 'user', content: contentOf([...this.#held, ...spoken]), ...named });
    this.#held = [];
  }

  #addResult({ toolCallId, parts, isError }: ToolResultPart): void {
    const id = this.#mapId(toolCallId);
    const texts = textsOf(parts).map(textPart);
    const media = parts.filter((part) => part.type === 'media');
    if (texts.length === 0 && media.length > 0)
      texts.push({ type: 'text', text: 'The result follows in the next user message.' });
    const [first] = texts;
    // The API has no flag for a failed call.
    if (isError === true) this.#losses.add('is_error of a tool result (said in its text)');
    if (isError === true && !/^\W*error/i.test(String(first?.text ?? '')))
      texts.splice(0, 1, { type: 'text', text: `Error: ${first?.text ?? 'the tool failed.'}` });
    this.#written.push({ role: 'tool', tool_call_id: id, content: contentOf(texts) });
    if (media.length > 0) this.#losses.add('media of a tool result (shown in a user message)');
    this.#hold(`From the result of tool call ${id}:`, parts);
  }

  #hold(caption: string, parts: readonly Part[]): void {
    const media = parts.filter((part) => part.type === 'media');
    if (media.length > 0)
      this.#held.push(
        { type: 'text', text: caption },
        ...media.map((part) => writeForeignMedia(part, this.#losses)),
      );
  }

  #release(): void {
    if (this.#held.length > 0) this.#written.push({ role: 'user', content: this.#held });
    this.#held = [];
  }
}

export function writeForeignMessages(messages: readonly Message[], losses: Losses): JsonObject[] {
  return new ConversationWriter(losses).write(messages);
}
