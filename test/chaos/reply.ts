/** A reply of the gateway taken apart: an error, an answer, or a stream of well-formed events. */
import { expect } from 'bun:test';
import { createParser } from 'eventsource-parser';

export interface ErrorObject {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly isStream: boolean;
  /** The JSON of every event before `[DONE]`, or the one JSON of a whole reply. */
  readonly events: readonly unknown[];
  /** How often `[DONE]` was said. */
  readonly doneCount: number;
  /** All content put together. */
  readonly content: string;
  readonly error: ErrorObject | undefined;
}

interface Choices {
  readonly choices?: readonly {
    readonly message?: { content?: string };
    readonly delta?: { content?: string };
  }[];
}

function contentOf(events: readonly unknown[]): string {
  return events
    .flatMap((event) => (event as Choices | null)?.choices ?? [])
    .map((choice) => choice?.message?.content ?? choice?.delta?.content ?? '')
    .join('');
}

function errorOf(event: unknown): ErrorObject | undefined {
  return (event as { error?: ErrorObject } | null)?.error;
}

/** The data of every event, in order; fails when the text breaks off within one. */
function eventData(text: string): string[] {
  const data: string[] = [];
  const parser = createParser({
    onEvent: (event) => void data.push(event.data),
    onError: (error) => {
      // A field nobody knows is to be ignored, says the specification of event streams.
      if (error.type !== 'unknown-field') throw error;
    },
  });
  parser.feed(text);
  // What no empty line has ended would never reach a client's parser: a truncated event.
  if (text !== '') expect(text.slice(-4)).toMatch(/(\n\n|\r\r|\r\n\r\n)$/);
  return data;
}

/** Reads the whole reply; a body that is neither an event stream nor JSON fails the test. */
export async function collect(response: Response): Promise<Reply> {
  const { status, headers } = response;
  const text = await response.text();
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const data = isStream ? eventData(text) : [text];
  const events = data.filter((item) => item !== '[DONE]').map((item) => JSON.parse(item) as unknown);
  const doneCount = data.length - events.length;
  if (doneCount > 0) expect(data.at(-1)).toBe('[DONE]');
  const errors = events.map(errorOf).filter((error) => error !== undefined);
  expect(errors.length).toBeLessThanOrEqual(1);
  // Nothing follows an error.
  if (errors.length > 0) expect(errorOf(events.at(-1))).toBeDefined();
  return { status, headers, text, isStream, events, doneCount, content: contentOf(events), error: errors[0] };
}
