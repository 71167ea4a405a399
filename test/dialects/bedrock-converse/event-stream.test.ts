/** Event-stream framing: AWS's own vectors, and bytes that come in any pieces or are broken. */
import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Message } from '@smithy/core/event-streams';
import { EventTooLarge } from '../../../src/core/event-hold.ts';
import {
  EventStreamDecoder,
  FrameReader,
  FrameWriter,
} from '../../../src/dialects/bedrock-converse/event-stream.ts';
import { BadFraming, type WireEvent } from '../../../src/dialects/dialect.ts';
import { awsSpecs } from '../../support/aws-model.ts';
import {
  frameOf,
  maxEventBytes,
  pieces,
  type Said,
  seeded,
  streamOf,
  wireEvents,
} from '../../support/event-frames.ts';

const vectors = awsSpecs('eventstream', 'packages', 'eventstream-codec', 'test_vectors');
const present = existsSync(vectors);
const names = (kind: string) => (present ? readdirSync(`${vectors}/encoded/${kind}`) : []);

/** A header as the vectors write it. */
function plain(message: Message, name: string): unknown {
  const header = message.headers[name];
  if (header === undefined) return undefined;
  if (header.type === 'binary' || header.type === 'string')
    return Buffer.from(header.value as string).toString('base64');
  if (header.type === 'uuid') return Buffer.from(header.value.replaceAll('-', ''), 'hex').toString('base64');
  return header.type === 'boolean' ? header.value : Number(header.value.valueOf());
}

describe.skipIf(!present)(
  `AWS's vectors of the framing${present ? '' : ' (skipped: the specifications are not here)'}`,
  () => {
    test.each(names('positive'))('%s is read as it says', (name) => {
      const message = new FrameReader().message(readFileSync(`${vectors}/encoded/positive/${name}`));
      const said = JSON.parse(readFileSync(`${vectors}/decoded/positive/${name}`, 'utf8'));
      expect(Buffer.from(message.body).toString('base64')).toBe(said.payload ?? '');
      for (const { name: header, value } of said.headers ?? []) expect(plain(message, header)).toBe(value);
      expect(Object.keys(message.headers).length).toBe(said.headers?.length ?? 0);
    });

    test.each(names('negative'))('%s is refused', (name) => {
      const bytes = readFileSync(`${vectors}/encoded/negative/${name}`);
      expect(() => new FrameReader().message(bytes)).toThrow(BadFraming);
    });

    test('all of them are there', () => {
      expect([names('positive').length, names('negative').length]).toEqual([5, 4]);
    });
  },
);

const said: Said[] = [
  ['messageStart', { role: 'assistant' }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße, 世界 🌍' } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['messageStop', { stopReason: 'end_turn' }],
  ['throttlingException', { message: 'slow down' }],
];
const events: WireEvent[] = said.map(([name, payload]) => ({
  name,
  data: JSON.stringify(payload),
  ...(name.endsWith('Exception') && { isException: true }),
}));

test('frames are read in whatever pieces they come', () => {
  const bytes = streamOf(said);
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const decoder = new EventStreamDecoder(maxEventBytes);
    const read = pieces(bytes, random, seed % 2 === 0 ? 3 : 300).flatMap((piece) => decoder.push(piece));
    expect([...read, ...decoder.end()]).toEqual(events);
  }
});

test('an error outside the model says all in its headers', () => {
  const { EventStreamCodec } =
    require('@smithy/core/event-streams') as typeof import('@smithy/core/event-streams');
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString(),
    (text) => Buffer.from(text),
  );
  const frame = codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'error' },
      ':error-code': { type: 'string', value: 'InternalFailure' },
      ':error-message': { type: 'string', value: 'gone' },
    },
    body: new Uint8Array(0),
  });
  expect(wireEvents(frame)).toEqual([
    { name: 'InternalFailure', data: '{"message":"gone"}', isException: true },
  ]);
});

test('a frame longer than allowed is refused before it is held', () => {
  const decoder = new EventStreamDecoder(100);
  const frame = frameOf(['contentBlockDelta', { delta: { text: 'x'.repeat(200) }, contentBlockIndex: 0 }]);
  expect(() => decoder.push(frame.subarray(0, 4))).toThrow(EventTooLarge);
});

test('a length no frame can have is refused', () => {
  expect(() => new EventStreamDecoder(100).push(Buffer.from([0, 0, 0, 15]))).toThrow(BadFraming);
});

test('a stream that ends within a frame is refused at its end', () => {
  const bytes = streamOf(said);
  for (let size = 1; size < bytes.length; size++) {
    const decoder = new EventStreamDecoder(maxEventBytes);
    const read = decoder.push(bytes.subarray(0, size));
    expect(read).toEqual(events.slice(0, read.length));
    let whole = 0;
    for (const one of said.slice(0, read.length)) whole += frameOf(one).length;
    if (whole === size) expect(decoder.end()).toEqual([]);
    else expect(() => decoder.end()).toThrow(BadFraming);
  }
});

test('any flipped bit is noticed, and nothing but the two errors of the interface is thrown', () => {
  const bytes = streamOf(said.slice(0, 2));
  for (let at = 0; at < bytes.length * 8; at++) {
    const broken = Buffer.from(bytes);
    broken[at >> 3] = (broken[at >> 3] ?? 0) ^ (1 << (at & 7));
    const decoder = new EventStreamDecoder(maxEventBytes);
    let thrown: unknown;
    try {
      decoder.push(broken);
      decoder.end();
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof BadFraming || thrown instanceof EventTooLarge).toBe(true);
  }
});

test('random bytes are refused, never a crash', () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seeded(seed);
    const bytes = Buffer.from(Array.from({ length: 48 }, () => Math.floor(random() * 256)));
    // A plausible length, so that the rest of the frame is looked at.
    bytes.writeUInt32BE(48, 0);
    expect(() => new EventStreamDecoder(maxEventBytes).push(bytes)).toThrow(BadFraming);
  }
});

test('a written frame names its kind, its type and its content', () => {
  const { headers } = new FrameReader().message(
    new FrameWriter().event('messageStart', { role: 'assistant' }),
  );
  expect(headers).toEqual({
    ':event-type': { type: 'string', value: 'messageStart' },
    ':content-type': { type: 'string', value: 'application/json' },
    ':message-type': { type: 'string', value: 'event' },
  });
});
