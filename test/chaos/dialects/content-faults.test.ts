/** Replies of every wire format that arrive but are not what its API promises: encoding, JSON, type, size, failures, surplus. */
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { upstreamKey } from '../chaos-stage.ts';
import { answers, defined, type Expectation, fails, tells } from '../expectation.ts';
import type { FaultCall, Play } from '../fault-upstream.ts';
import { content } from '../script.ts';
import { beginStream } from './begin-stream.ts';
import { type DialectFault, dialectFaults } from './dialect-suite.ts';
import { oddEvents } from './odd-events.ts';
import {
  type Bytes,
  chunkOf,
  headOf,
  lastChunk,
  measured,
  restOf,
  scripts,
  streamOf,
  type WireScript,
  wholeReply,
} from './wire-script.ts';

type Make = (script: WireScript, format: ConversationDialect) => Bytes;

/** The stream's events with a length that is true. */
const streamed =
  (make: Make): Play =>
  ({ format, say }) =>
    say(measured((length) => headOf(format, true, [length]), make(scripts[format], format)));

const whole =
  (body: string | Bytes): Play =>
  ({ format, say }) =>
    say(measured((length) => headOf(format, false, [length]), body));

const byKind =
  (unary: Play, stream: Play): Play =>
  (call) =>
    (call.stream ? stream : unary)(call);

/** Good events first, so that the client has them. */
const afterOpening =
  (make: Make): Play =>
  async (call) => {
    await beginStream(call);
    await call.say(Buffer.concat([chunkOf(make(scripts[call.format], call.format)), Buffer.from(lastChunk)]));
  };

const malformed = fails('upstream_malformed');
const malformedLater = fails('upstream_malformed', 'always');
const nothing: Play = () => {};
const badUtf8 = Buffer.from('{"a":"\xff\xfe"}', 'latin1');
const words = 'The model fell over.';
const echoed = `${words} Called with ${upstreamKey}.`;
const megabytes = (count: number) => 'm'.repeat(count << 20);
const googleFailure = JSON.stringify({ error: { code: 503, message: echoed, status: 'UNAVAILABLE' } });
const onlyGemini = (expected: Expectation) => (format: ConversationDialect) =>
  format === 'gemini' ? expected : undefined;
const isFrames = (format: ConversationDialect) => format === 'bedrock-converse';

/** Server-sent events with another line end; frames have none. */
const withLineEnd =
  (lineEnd: string): Make =>
  (script, format) =>
    isFrames(format)
      ? streamOf(script)
      : Buffer.from(
          Buffer.from(streamOf(script))
            .toString()
            .replaceAll(/\r\n|\n/g, lineEnd),
        );

const events: DialectFault[] = [
  {
    name: 'bad-utf8',
    play: byKind(
      whole(badUtf8),
      afterOpening((script) => script.event(badUtf8)),
    ),
    unary: malformed,
    stream: malformedLater,
  },
  {
    name: 'bad-json',
    play: byKind(
      whole('{"id":"chat'),
      afterOpening((script) => script.event('{"id":"chat')),
    ),
    unary: malformed,
    stream: malformedLater,
  },
  {
    name: 'bad-json-before-good-events',
    play: byKind(
      nothing,
      afterOpening((script) => Buffer.concat([script.event('{"id":"chat'), restOf(script)])),
    ),
    stream: malformedLater,
  },
  {
    name: 'bad-json-first',
    play: byKind(
      nothing,
      streamed((script) => Buffer.concat([script.event('{"id":"'), streamOf(script)])),
    ),
    stream: malformed,
  },
  ...['42', 'null', '[]', '"text"'].map((json, i) => ({
    name: `other-json-${i}`,
    play: byKind(
      whole(json),
      afterOpening((script) => script.event(json)),
    ),
    unary: malformed,
    stream: malformedLater,
  })),
  { name: 'crlf', play: byKind(nothing, streamed(withLineEnd('\r\n'))), stream: answers(content) },
  { name: 'cr', play: byKind(nothing, streamed(withLineEnd('\r'))), stream: answers(content) },
  {
    name: 'comments-and-blank-lines',
    play: byKind(
      nothing,
      streamed((script, format) =>
        isFrames(format)
          ? streamOf(script)
          : Buffer.from(`: hello\n\n\n\n${Buffer.from(streamOf(script))}: bye\n\n`),
      ),
    ),
    stream: answers(content),
  },
  {
    name: 'garbage-after-the-end',
    play: byKind(
      nothing,
      streamed((script) => Buffer.concat([streamOf(script), script.event('{"id":"chat')])),
    ),
    stream: (format) => (scripts[format].hasTerminal ? answers(content) : defined),
  },
  {
    name: 'a-second-reply-after-the-end',
    play: byKind(
      nothing,
      streamed((script) => Buffer.concat([streamOf(script), streamOf(script)])),
    ),
    stream: (format) => (scripts[format].hasTerminal ? answers(content) : defined),
  },
];

const bodies: DialectFault[] = [
  {
    name: 'html',
    play: ({ say }) =>
      say(
        'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 16\r\n\r\n<h1>Welcome</h1>',
      ),
    unary: malformed,
    stream: malformed,
  },
  {
    name: 'html-under-a-false-type',
    play: byKind(
      whole('<h1>Welcome</h1>'),
      streamed(() => Buffer.from('<h1>Welcome</h1>\n\n')),
    ),
    unary: malformed,
    // As frames its first bytes announce more than a gigabyte.
    stream: fails(['upstream_malformed', 'upstream_incomplete', 'upstream_too_large']),
  },
  {
    name: 'empty',
    play: byKind(
      whole(''),
      streamed(() => new Uint8Array(0)),
    ),
    unary: fails(['upstream_malformed', 'upstream_incomplete']),
    stream: fails(['upstream_malformed', 'upstream_incomplete']),
  },
  {
    name: 'a-whole-reply-to-a-streamed-call',
    play: ({ format, say }) => say(wholeReply(format, false)),
    stream: malformed,
  },
  {
    name: 'a-stream-to-a-whole-call',
    play: ({ format, say }) => say(wholeReply(format, true)),
    unary: malformed,
  },
  {
    name: 'ten-megabytes',
    play: byKind(
      ({ format, say }) =>
        say(
          measured(
            (length) => headOf(format, false, [length]),
            scripts[format].withText(content + megabytes(10)),
          ),
        ),
      afterOpening((script) => Buffer.concat([script.delta(megabytes(10)), restOf(script)])),
    ),
    unary: answers(content + megabytes(10)),
    // A piece of text has five characters.
    stream: answers(content.slice(0, 5) + megabytes(10) + content.slice(5)),
    isHeavy: true,
  },
  {
    name: 'too-many-megabytes',
    play: byKind(
      nothing,
      afterOpening((script) => script.delta(megabytes(13))),
    ),
    stream: fails('upstream_too_large', 'always'),
    isHeavy: true,
  },
  {
    name: 'prototype-keys',
    play: ({ format, say }) => {
      const body = scripts[format].whole.replace('{', '{"__proto__":{"choices":[]},"constructor":1,');
      return say(measured((length) => headOf(format, false, [length]), body));
    },
    unary: answers(content),
  },
];

const failures: DialectFault[] = [
  {
    name: 'a-failure-first',
    play: byKind(
      nothing,
      streamed((script) => script.errorEvent(echoed)),
    ),
    stream: tells(words),
  },
  {
    name: 'a-failure-in-mid-stream',
    play: byKind(
      nothing,
      afterOpening((script) => script.errorEvent(echoed)),
    ),
    stream: tells(words, 'always'),
  },
  {
    name: 'a-failure-in-mid-stream-before-good-events',
    play: byKind(
      nothing,
      afterOpening((script) => Buffer.concat([script.errorEvent(words), restOf(script)])),
    ),
    stream: tells(words, 'always'),
  },
  {
    name: 'a-failure-under-status-200',
    play: ({ format, say }) =>
      say(
        measured(
          (length) => headOf(format, false, [length]),
          // Bedrock's front names the exception in the body there.
          isFrames(format)
            ? JSON.stringify({ __type: 'com.amazon.coral#ThrottlingException', message: echoed })
            : JSON.stringify({ type: 'error', error: { type: 'api_error', code: 503, message: echoed } }),
        ),
      ),
    unary: tells(words),
    stream: tells(words),
  },
];

/** The failure as streams of Google's that are no events begin with it, and as its servers send it bare. */
const lists: DialectFault[] = [
  {
    name: 'a-failure-in-a-list',
    play: byKind(
      nothing,
      streamed((script) => script.event(`[${googleFailure}]`)),
    ),
    stream: onlyGemini(tells(words)),
  },
  {
    name: 'a-failure-in-a-list-in-mid-stream',
    play: byKind(
      nothing,
      afterOpening((script) => script.event(`[${googleFailure}]`)),
    ),
    stream: onlyGemini(tells(words, 'always')),
  },
  {
    name: 'a-failure-in-a-list-under-status-200',
    play: whole(`[${googleFailure}]`),
    unary: onlyGemini(malformed),
    stream: onlyGemini(tells(words)),
  },
  {
    name: 'a-bare-failure-in-mid-stream',
    play: byKind(
      nothing,
      afterOpening(() => Buffer.from(googleFailure)),
    ),
    stream: onlyGemini(fails(['upstream_incomplete', 'upstream_malformed'], 'always')),
  },
];

const oddCount = Math.max(...Object.values(oddEvents).map(({ length }) => length));
const oddEvent = (format: ConversationDialect, i: number) => {
  const list = oddEvents[format];
  return list[i % list.length] ?? '{}';
};

const odd: DialectFault[] = Array.from({ length: oddCount }, (_, i) => ({
  name: `odd-${i}`,
  play: byKind(
    (call: FaultCall) => whole(oddEvent(call.format, i))(call),
    (call: FaultCall) =>
      afterOpening((script, format) => {
        const json = oddEvent(format, i);
        const name = isFrames(format)
          ? (/^\{"(content|message)\w+(?=":)/.exec(json)?.[0].slice(2) ?? 'odd')
          : undefined;
        const inner = name === undefined || name === 'odd' ? json : json.slice(json.indexOf(':') + 1, -1);
        return Buffer.concat([script.event(inner, name), restOf(script)]);
      })(call),
  ),
  unary: defined,
  stream: defined,
  isForFew: true,
}));

dialectFaults('a reply whose content fails', [...events, ...bodies, ...failures, ...lists, ...odd]);
