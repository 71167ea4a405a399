/** Bedrock's frames broken in every part, and errors outside its model: an end with an error, never bytes that were not checked. */
import { fails, tells, type UpstreamFailure } from '../expectation.ts';
import type { Play } from '../fault-upstream.ts';
import { beginStream } from './begin-stream.ts';
import { type DialectFault, dialectFaults } from './dialect-suite.ts';
import { type Bytes, chunked, chunkOf, headOf, lastChunk, restOf, scripts } from './wire-script.ts';

const script = scripts['bedrock-converse'];
const delta = script.delta('more');

/** A copy with some bytes written over. */
function spoilt(frame: Bytes, change: (view: DataView, bytes: Bytes) => void): Bytes {
  const bytes = Uint8Array.from(frame);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** The prelude as changed, with a checksum that fits it. */
function prelude(frame: Bytes, change: (view: DataView) => void): Bytes {
  return spoilt(frame, (view, bytes) => {
    change(view);
    view.setUint32(8, Bun.hash.crc32(bytes.subarray(0, 8)));
  });
}

const flip = (at: number) => (_: DataView, bytes: Bytes) => {
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 0xff;
};

const exception = script.errorEvent('The model fell over.');
const length = (frame: Bytes) => frame.length;

/** An error the service's model does not know says all in its headers. */
function unmodelled(): Bytes {
  const header = (name: string, value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([7, 0, bytes.length]),
      bytes,
    ]);
  };
  const headers = Buffer.concat([
    header(':message-type', 'error'),
    header(':error-code', 'InternalFailure'),
    header(':error-message', 'It fell over outside its model.'),
  ]);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(16 + headers.length, 0);
  head.writeUInt32BE(headers.length, 4);
  head.writeUInt32BE(Bun.hash.crc32(head.subarray(0, 8)), 8);
  const all = Buffer.concat([head, headers]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(Bun.hash.crc32(all));
  return Buffer.concat([all, checksum]);
}

const broken: Readonly<Record<string, Bytes>> = {
  'the checksum of a delta wrong': spoilt(delta, flip(-1)),
  'the checksum of the prelude wrong': spoilt(delta, flip(8)),
  'a byte of the payload wrong': spoilt(delta, flip(-12)),
  'a byte of a header wrong': spoilt(delta, flip(20)),
  'the checksum of an exception wrong': spoilt(exception, flip(-1)),
  'headers longer than the frame': prelude(delta, (view) => view.setUint32(4, length(delta) * 2)),
  'headers of four gigabytes': prelude(delta, (view) => view.setUint32(4, 0xffff_ffff)),
  'no headers told': prelude(delta, (view) => view.setUint32(4, 0)),
  'a frame shorter than any': prelude(delta, (view) => view.setUint32(0, 15)),
  'a frame of no length': prelude(delta, (view) => view.setUint32(0, 0)),
  'a frame one byte shorter than it is': prelude(delta, (view) => view.setUint32(0, length(delta) - 1)),
  'a length flipped, its checksum not': spoilt(delta, (view) => view.setUint32(0, length(delta) + 4_096)),
};

const name = (what: string) => what.replaceAll(/[^a-z]+/g, '-');
const first =
  (bytes: Bytes): Play =>
  ({ format, say }) =>
    say(
      Buffer.concat([Buffer.from(headOf(format, true, [chunked])), chunkOf(bytes), Buffer.from(lastChunk)]),
    );
const later =
  (bytes: Bytes): Play =>
  async (call) => {
    await beginStream(call);
    await call.say(Buffer.concat([chunkOf(bytes), Buffer.from(lastChunk)]));
  };
const only = (expected: ReturnType<typeof fails>) => (format: string) =>
  format === 'bedrock-converse' ? expected : undefined;

/** A length that lies has the reader find another, impossible or enormous, where the next frame seems to begin. */
const broke: UpstreamFailure[] = ['upstream_malformed', 'upstream_too_large', 'upstream_incomplete'];

const faults: DialectFault[] = [
  ...Object.entries(broken).flatMap(([what, frame]): DialectFault[] => [
    {
      name: `first-${name(what)}`,
      play: first(Buffer.concat([frame, restOf(script)])),
      stream: only(fails(broke)),
    },
    {
      name: `later-${name(what)}`,
      play: later(Buffer.concat([frame, restOf(script)])),
      stream: only(fails(broke, 'always')),
    },
  ]),
  ...[0x7fff_ffff, 0xffff_ffff].flatMap((size, i): DialectFault[] => {
    const huge = prelude(delta, (view) => view.setUint32(0, size));
    return [
      { name: `first-huge-${i}`, play: first(huge), stream: only(fails('upstream_too_large')) },
      { name: `later-huge-${i}`, play: later(huge), stream: only(fails('upstream_too_large', 'always')) },
    ];
  }),
  { name: 'first-unmodelled', play: first(unmodelled()), stream: only(tells('outside its model')) },
  { name: 'later-unmodelled', play: later(unmodelled()), stream: only(tells('outside its model', 'always')) },
];

dialectFaults('a frame that is broken', faults);
