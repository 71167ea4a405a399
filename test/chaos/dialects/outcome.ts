/** Holds what a client of any dialect has heard against what the fault has to come to. */
import { expect } from 'bun:test';
import type { Expectation } from '../expectation.ts';
import { content } from '../script.ts';
import { at, type Heard, textAt } from './heard.ts';

/** What a whole answer of Anthropic's or of Responses must also be: its blocks closed, its events counted without a gap. */
function expectOrder(events: readonly unknown[]): void {
  const types = events.map((event) => textAt(event, 'type'));
  const count = (type: string) => types.filter((candidate) => candidate === type).length;
  expect(count('content_block_stop')).toBe(count('content_block_start'));
  if (types.at(-1) === 'message_stop') expect(count('message_start')).toBe(1);
  const numbers = events
    .map((event) => at(event, 'sequence_number'))
    .filter((number) => number !== undefined);
  if (types.at(-1) === 'response.completed') expect(numbers).toEqual(events.map((_, i) => i));
}

/** `code`: of the log line, since most dialects have no word for what exactly went wrong. */
export function expectHeard(heard: Heard, code: unknown, expected: Expectation): void {
  const { status, error, isStream, isComplete } = heard;
  expect(heard.headers.get('x-request-id')).toBeTruthy();
  expect(heard.text).not.toMatch(/\.ts:\d|\bat async\b|node_modules|\$bunfs|127\.0\.0\.1/);
  expect(code).not.toBe('internal_error');
  if (expected.kind === 'answers') {
    expect({ status, error, code, isComplete }).toEqual({
      status: 200,
      error: undefined,
      code: undefined,
      isComplete: true,
    });
    expect(heard.content === expected.content).toBe(true);
    if (isStream && expected.content === content) expectOrder(heard.events);
    return;
  }
  if (expected.kind === 'defined') {
    // Not a promise kept in part: either it failed, and says so, or it did not.
    expect(error === undefined).toBe(code === undefined);
    return;
  }
  if (expected.kind === 'fails') expect(expected.codes).toContain(code as string);
  else {
    expect(code).toBe('upstream_rejected');
    expect(error?.message).toContain(expected.message);
  }
  expect(error?.message ?? `nothing, but ${heard.text.slice(0, 200)}`).not.toBe('');
  expect({ isComplete, hasError: error !== undefined }).toEqual({ isComplete: false, hasError: true });
  if (expected.begun === 'always') {
    expect({ status, isStream }).toEqual({ status: 200, isStream: true });
    expect(heard.content).not.toBe('');
    expect(content).toStartWith(heard.content);
  } else if (expected.begun === 'never') {
    expect(isStream).toBe(false);
    if (expected.kind === 'fails') expect(status).toBe(code === 'upstream_timeout' ? 504 : 502);
    else expect(status).toBeGreaterThanOrEqual(400);
  }
}
