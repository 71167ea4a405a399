/** The cutter of event streams: nothing lost, nothing invented, and never half an event, wherever the bytes are cut. */
import { describe, expect, test } from 'bun:test';
import { createParser } from 'eventsource-parser';
import { EventHold, EventTooLarge } from '../../src/core/event-hold.ts';
import { everySplit, Generator } from './generator.ts';

const lines = [
  'data: {"a":"é 漢 😀"}',
  'data: one',
  'data: two',
  ': a comment',
  'event: x\ndata: 3',
  'data: [DONE]',
];
const streamOf = (end: string) => lines.map((line) => line.replaceAll('\n', end) + end + end).join('');
const streams: Readonly<Record<string, string>> = {
  LF: streamOf('\n'),
  CRLF: streamOf('\r\n'),
  CR: streamOf('\r'),
  mixed: 'data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\ndata: 4\n\rdata: 5\r\n\rdata: 6\r\n\r\ndata: 7\n\n',
  unfinished: 'data: 1\n\ndata: 2\r\n\r\ndata: 3\n',
};
const encode = (text: string) => Buffer.from(text);

function parse(texts: readonly string[]): string[] {
  const events: string[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event.data) });
  for (const text of texts) parser.feed(text);
  return events;
}

interface Cut {
  readonly released: string[];
  readonly rest: string;
}

function run(pieces: readonly Uint8Array[]): Cut {
  const hold = new EventHold(1 << 20);
  const released = pieces.map((piece) => hold.push(piece)).filter((piece) => piece !== undefined);
  return {
    released: released.map((piece) => Buffer.from(piece).toString()),
    rest: Buffer.from(hold.rest()).toString(),
  };
}

/** Every release can be read by itself: together the pieces say what the whole stream says. */
function check(stream: string, { released, rest }: Cut): void {
  expect(released.join('') + rest).toBe(stream);
  const each = released.flatMap((piece) => parse([piece, ': between\n\n']));
  expect([...each, ...parse([rest])]).toEqual(parse([stream]));
}

describe.each(Object.entries(streams))('a stream with %s', (_name, stream) => {
  test('cut in two at every place', () => {
    for (const halves of everySplit(encode(stream))) check(stream, run(halves));
  });

  test('byte by byte', () => {
    check(stream, run([...encode(stream)].map((byte) => Uint8Array.of(byte))));
  });

  test('cut at random', () => {
    const chance = new Generator(stream.length);
    for (let round = 0; round < 300; round++)
      check(stream, run(chance.cut(encode(stream), 2 + chance.below(9))));
  });
});

describe('an event is let through once it is complete', () => {
  test.each(['\n', '\r\n'])('at its own blank line, with line ends %j', (end) => {
    const hold = new EventHold(1000);
    expect(hold.push(encode(`data: 1${end}`))).toBeUndefined();
    expect(Buffer.from(hold.push(encode(end)) ?? []).toString()).toBe(`data: 1${end}${end}`);
    expect(hold.rest()).toHaveLength(0);
  });

  test('with CR, where a LF may still follow, at the latest with the next event', () => {
    const hold = new EventHold(1000);
    const released = ['data: 1\r\r', 'data: 2\r\r', 'data: 3\r\r'].map((event) => hold.push(encode(event)));
    expect(Buffer.concat(released.map((piece) => piece ?? new Uint8Array(0))).toString()).toStartWith(
      'data: 1\r\rdata: 2\r\r',
    );
  });

  test('a chunk of whole events goes through as it is, without a copy', () => {
    const chunk = encode('data: 1\n\ndata: 2\n\n');
    expect(new EventHold(10).push(chunk)).toBe(chunk);
  });
});

describe('the limit', () => {
  test('is for one event, not for the stream', () => {
    const hold = new EventHold(20);
    for (let round = 0; round < 50; round++) {
      hold.push(encode('data: 12'));
      expect(hold.push(encode('345\n\n'))).toBeDefined();
    }
  });

  test('is for one event, also with CR as line end', () => {
    const hold = new EventHold(40);
    for (let round = 0; round < 50; round++) hold.push(encode('data: 12345\r\r'));
  });

  test.each([[['x'.repeat(21)]], [['x'.repeat(15), 'y'.repeat(15)]], [[`data: 1\n\n${'x'.repeat(21)}`]]])(
    'stops an event without end: %j',
    (chunks) => {
      const hold = new EventHold(20);
      expect(() => {
        for (const chunk of chunks) hold.push(encode(chunk));
      }).toThrow(EventTooLarge);
    },
  );
});
