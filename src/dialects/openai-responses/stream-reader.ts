/** Reads the events of a Responses stream. Each frame keeps its event whole, but for the piece of text it brings. */
import { carriedFields, take } from '../../core/carry.ts';
import { countOf, isObject, type JsonObject, parseObject, stringOf } from '../../core/json.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { BadFraming, type StreamReader, type WireEvent } from '../dialect.ts';
import { carry, dialect } from './content.ts';
import { endingOf, readFailure } from './ending.ts';
import { headOf, ItemProgress } from './output-reader.ts';

/** The carry of a stream's frame: the event, and its name on the wire. */
const eventKey = 'event';
const nameKey = 'name';

const lastEvents: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
]);

/** What an event says, beside what it is. */
function readEvent(items: ItemProgress, type: string, json: JsonObject): ReplyEvent[] {
  const at = countOf(json.output_index) ?? 0;
  const content = countOf(json.content_index) ?? 0;
  const delta = stringOf(json.delta) ?? '';
  const item = isObject(json.item) ? json.item : {};
  switch (type) {
    case 'response.output_item.added':
      return items.begin(at, item);
    case 'response.output_item.done':
      return items.rest(at, item);
    case 'response.output_text.delta':
      return [...items.text(at, content, 'text-delta', delta), ...items.logprobs(at, content, json.logprobs)];
    case 'response.output_text.done':
      return items.restOfText(at, content, 'text-delta', stringOf(json.text) ?? '');
    case 'response.refusal.delta':
      return items.text(at, content, 'refusal-delta', delta);
    case 'response.refusal.done':
      return items.restOfText(at, content, 'refusal-delta', stringOf(json.refusal) ?? '');
    case 'response.output_text.annotation.added':
      return isObject(json.annotation) ? items.citation(at, content, json.annotation) : [];
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      return items.arguments(at, delta);
    case 'response.function_call_arguments.done':
      return items.restOfArguments(at, stringOf(json.arguments) ?? '');
    case 'response.custom_tool_call_input.done':
      return items.restOfArguments(at, stringOf(json.input) ?? '');
    case 'response.reasoning_text.delta':
      return items.reasoning(at, `content ${content}`, delta);
    case 'response.reasoning_text.done':
      return items.restOfReasoning(at, `content ${content}`, stringOf(json.text) ?? '');
    case 'response.reasoning_summary_text.delta':
      return items.reasoning(at, `summary ${countOf(json.summary_index) ?? 0}`, delta);
    case 'response.reasoning_summary_text.done':
      return items.restOfReasoning(
        at,
        `summary ${countOf(json.summary_index) ?? 0}`,
        stringOf(json.text) ?? '',
      );
    default:
      return [];
  }
}

/** The pieces of text that are told once, and so are taken. */
const takenFrom: Readonly<Record<string, ReplyEvent['type']>> = {
  'response.output_text.delta': 'text-delta',
  'response.refusal.delta': 'refusal-delta',
  'response.reasoning_text.delta': 'reasoning-delta',
  'response.reasoning_summary_text.delta': 'reasoning-delta',
  'response.function_call_arguments.delta': 'tool-call-delta',
  'response.custom_tool_call_input.delta': 'tool-call-delta',
};

function textOf(event: ReplyEvent | undefined): string | undefined {
  if (event === undefined) return undefined;
  if (event.type === 'tool-call-delta') return event.arguments;
  return 'text' in event ? event.text : undefined;
}

/** The event a frame of this dialect was read from, and its name. */
export function writeOwnFrame(frame: ReplyFrame): { name: string | undefined; json: JsonObject } {
  const { [eventKey]: told, [nameKey]: name } = carriedFields(frame.carry, dialect);
  const json: JsonObject = isObject(told) ? { ...told } : {};
  const type = stringOf(json.type) ?? stringOf(name) ?? '';
  const kind = Object.hasOwn(takenFrom, type) ? takenFrom[type] : undefined;
  // The last one: before it may stand what sets two paragraphs apart.
  const text = textOf(frame.events.findLast((event) => event.type === kind));
  if (text !== undefined && Object.hasOwn(json, 'delta') && json.delta === undefined) json.delta = text;
  return { name: stringOf(name), json };
}

class ResponsesReader implements StreamReader {
  readonly #items = new ItemProgress();

  read({ name, data }: WireEvent): ReplyFrame | 'over' | undefined {
    // No word of this API, but some servers of others say it here too.
    if (data.trim() === '[DONE]') return 'over';
    const json = parseObject(data);
    if (json === undefined) throw new BadFraming('an event that is not a JSON object');
    const type = stringOf(json.type) ?? name ?? '';
    const response = isObject(json.response) ? json.response : undefined;
    const failure = readFailure(json);
    const isLast = lastEvents.has(type) || failure !== undefined;
    const events = readEvent(this.#items, type, json);
    if (isLast && response !== undefined) events.push(...this.#unsaid(response), ...endingOf(response));
    const fields: JsonObject = { ...json };
    const taken = Object.hasOwn(takenFrom, type) ? takenFrom[type] : undefined;
    if (textOf(events.findLast((event) => event.type === taken)) === json.delta && taken !== undefined)
      take(fields, 'delta');
    return {
      ...(response !== undefined && headOf(response)),
      events,
      ...(failure !== undefined && { failure }),
      ...(isLast && { isLast }),
      carry: carry({ [eventKey]: fields, ...(name !== undefined && { [nameKey]: name }) }),
    };
  }

  /** What is told nowhere but in the last response. */
  #unsaid(response: JsonObject): ReplyEvent[] {
    if (!this.#items.isEmpty) return [];
    const output = Array.isArray(response.output) ? response.output : [];
    return output.flatMap((item, at) => (isObject(item) ? this.#items.rest(at, item) : []));
  }
}

export function createStreamReader(): StreamReader {
  return new ResponsesReader();
}

/** For a tap, which sees the telling events alone: how the response ends. */
export function createEndReader(): StreamReader {
  return {
    read({ name, data }) {
      if (data.trim() === '[DONE]') return 'over';
      const json = parseObject(data);
      if (json === undefined) throw new BadFraming('an event that is not a JSON object');
      const failure = readFailure(json);
      const isLast = lastEvents.has(stringOf(json.type) ?? name ?? '') || failure !== undefined;
      const id = isObject(json.response) ? stringOf(json.response.id) : undefined;
      return {
        ...(id !== undefined && { id }),
        events: isLast && isObject(json.response) ? endingOf(json.response) : [],
        ...(failure !== undefined && { failure }),
        ...(isLast && { isLast }),
        carry: carry({}),
      };
    },
  };
}
