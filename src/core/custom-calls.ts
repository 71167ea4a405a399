/**
 * Tools that take plain text, for providers whose tools take objects only: they are given a tool with one text argument,
 * and its calls are given back to the client as calls of the tool it named. See `Tool` in `call.ts`.
 */
import type { Call, CustomTool } from './call.ts';
import { type JsonObject, parseObject } from './json.ts';
import type { ReplyEvent, ReplyFrame, ToolCallDelta } from './reply.ts';

/** The only argument of the function that stands for a tool of plain text. */
export const textArgument = 'input';

/** The JSON Schema of that function. A grammar is told to the model in words; nothing enforces it there. */
export function textSchema({ format }: CustomTool, note: (loss: string) => void): JsonObject {
  const grammar = format?.type === 'grammar' ? `, in this grammar: ${JSON.stringify(format)}` : '';
  if (grammar !== '') note('tools.custom.format');
  const description = `The tool's whole input as plain text${grammar}`;
  return {
    type: 'object',
    properties: { [textArgument]: { type: 'string', description } },
    required: [textArgument],
    additionalProperties: false,
  };
}

/** The text of a call's only argument; undefined while, or when, the arguments are no such object. */
function textOf(json: string): string | undefined {
  const values = Object.values((json.trimEnd().endsWith('}') ? parseObject(json) : undefined) ?? {});
  const [text] = values;
  return values.length === 1 && typeof text === 'string' ? text : undefined;
}

interface OpenCall {
  readonly delta: ToolCallDelta;
  json: string;
}

/** For one reply, whole or streamed. Not for frames that go back into the dialect they came from. */
export class CustomCalls {
  readonly #names: ReadonlySet<string>;
  /** By choice and index; undefined once a call's text is told. */
  readonly #open = new Map<string, OpenCall | undefined>();

  constructor({ tools }: Pick<Call, 'tools'>) {
    this.#names = new Set((tools ?? []).flatMap((tool) => (tool.type === 'custom' ? [tool.name] : [])));
  }

  /** The same frame where none of it concerns a tool of plain text. */
  restore(frame: ReplyFrame): ReplyFrame {
    if (this.#names.size === 0) return frame;
    return { ...frame, events: frame.events.flatMap((event) => this.#restored(event)) };
  }

  #restored(event: ReplyEvent): ReplyEvent[] {
    if (event.type === 'choice-finish') return [...this.#rest(event.choice), event];
    if (event.type !== 'tool-call-delta' || event.kind === 'custom') return [event];
    const key = `${event.choice}:${event.index}`;
    const isKnown = this.#open.has(key);
    if (!isKnown && (event.name === undefined || !this.#names.has(event.name))) return [event];
    const { arguments: piece = '', ...begun } = event;
    const first: ReplyEvent[] = isKnown ? [] : [{ ...begun, kind: 'custom' }];
    const call = isKnown ? this.#open.get(key) : { delta: event, json: '' };
    if (call === undefined) return [];
    call.json += piece;
    const text = textOf(call.json);
    this.#open.set(key, text === undefined ? call : undefined);
    return text === undefined ? first : [...first, this.#told(call, text)];
  }

  #told({ delta: { choice, block, index } }: OpenCall, text: string): ReplyEvent {
    return {
      type: 'tool-call-delta',
      choice,
      ...(block !== undefined && { block }),
      index,
      arguments: text,
    };
  }

  /** What was cut short, or is no text, is told as it came. */
  #rest(choice: number): ReplyEvent[] {
    const told: ReplyEvent[] = [];
    for (const [key, call] of this.#open)
      if (call !== undefined && call.delta.choice === choice) {
        told.push(this.#told(call, call.json));
        this.#open.set(key, undefined);
      }
    return told;
  }
}
