/** Bodies that are too large, too deep, too slow, ambiguous or not text: a defined refusal, and no upstream call. */
import { expect, test } from 'bun:test';
import { openConnection, parseReply } from '../support/raw-connection.ts';
import { eachChaosMode } from './fault-suite.ts';
import { chatBody, chatPath, errorOf, raw, rootCredential } from './raw-request.ts';

const maxBodyBytes = 12_000_000;
const head = (framing: string) =>
  `POST ${chatPath} HTTP/1.1\r\nHost: x\r\n${rootCredential}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
const chunked = (body: string) =>
  `${head('Transfer-Encoding: chunked\r\nConnection: close')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const nested = (open: string, close: string, depth: number) =>
  chatBody('local/normal', `,"deep":${open.repeat(depth)}${close.repeat(depth)}`);

const utf8 = (text: string) => Buffer.from(text).toString('latin1');
const refused: readonly (readonly [what: string, body: string, code: string])[] = [
  ['five million arrays deep', nested('[', ']', 5_000_000), 'request_too_deep'],
  ['a million objects deep', nested('{"a":', '1}', 1_000_000).replaceAll('1}', '}'), 'request_too_deep'],
  ['deep before it is broken', `{"model":"local/normal","deep":${'['.repeat(4_000_000)}`, 'request_too_deep'],
  ['of bytes that are no UTF-8', chatBody('local/normal', ',"user":"\xff\xfe"'), 'invalid_json'],
  ['of UTF-8 for a surrogate', chatBody('local/normal', ',"user":"\xed\xa0\x80"'), 'invalid_json'],
  ['of overlong UTF-8', chatBody('local/normal', ',"user":"\xc0\xaf"'), 'invalid_json'],
  ['that names the model twice', chatBody('local/normal', ',"model":"local/other"'), 'duplicate_key'],
  [
    'that names the model twice, once escaped',
    chatBody('local/normal', ',"mod\\u0065l":"local/other"'),
    'duplicate_key',
  ],
  ['that names stream twice', chatBody('local/normal', ',"stream":false,"stream":true'), 'duplicate_key'],
  ['that is empty', '', 'invalid_json'],
  ['that breaks off', '{"model":"local/normal","messages":[', 'invalid_json'],
  ['with text after it', `${chatBody()} {"model":"local/other"}`, 'invalid_json'],
  ['of NaN', chatBody('local/normal', ',"temperature":NaN'), 'invalid_json'],
  ['with a NUL', `${chatBody()}\0`, 'invalid_json'],
  ['that is an array', `[${chatBody()}]`, 'invalid_json'],
  ['that is null', 'null', 'invalid_json'],
  ['that is a number', '42', 'invalid_json'],
  ['in another encoding', Buffer.from(chatBody(), 'utf16le').toString('latin1'), 'invalid_json'],
];

eachChaosMode(
  'a body',
  {},
  (stage) => {
    const port = () => stage().gateway.port;
    const expectRefusal = async (request: Parameters<typeof raw>[1], status: number, code: string) => {
      const before = stage().upstream.played.length;
      const reply = await raw(port(), request);
      expect(errorOf(reply)).toMatchObject({ code });
      expect(reply.status).toBe(status);
      expect(stage().upstream.played.length).toBe(before);
    };

    test.each(refused)('%s', async (_what, body, code) => {
      await expectRefusal({ method: 'POST', target: chatPath, body }, 400, code);
    });
    test.each(refused.filter(([, body]) => body !== ''))('%s, chunked', async (_what, body, code) => {
      await expectRefusal(chunked(body), 400, code);
    });

    test('with brackets inside its texts is not deep', async () => {
      const body = utf8(chatBody('local/normal', `,"user":"${'[{'.repeat(10_000)}\\"${'['.repeat(10_000)}"`));
      expect((await raw(port(), { method: 'POST', target: chatPath, body })).status).toBe(200);
    });

    const spacious = (size: number) => chatBody() + ' '.repeat(size - chatBody().length);
    test('of exactly the largest size is answered', async () => {
      for (const request of [
        { method: 'POST', target: chatPath, body: spacious(maxBodyBytes) },
        chunked(spacious(maxBodyBytes)),
      ])
        expect((await raw(port(), request)).status).toBe(200);
    });

    test.each([
      [
        'one byte too large',
        () => `${head(`Content-Length: ${maxBodyBytes + 1}`)}${spacious(maxBodyBytes + 1)}`,
      ],
      ['one byte too large, chunked', () => chunked(spacious(maxBodyBytes + 1))],
      ['announced to be enormous', () => head('Content-Length: 900000000000')],
      ['far too large, chunked', () => chunked(spacious(maxBodyBytes * 3))],
    ])('%s', async (_what, request) => {
      const connection = await openConnection(port());
      connection.send(request());
      const heard = await connection.heardUntil((text) => text.includes('}}') || text.includes('\r\n\r\n'));
      const reply = parseReply(heard);
      expect(reply.status).toBe(413);
      expect(errorOf(reply)).toMatchObject({ code: 'request_too_large' });
      connection.hangUp();
    });

    test('that comes too slowly ends the call, as do headers', async () => {
      const slowBody = await openConnection(port());
      slowBody.send(`${head('Content-Length: 5000')}{"model":`);
      const slowHead = await openConnection(port());
      slowHead.send('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      const trickle = setInterval(() => {
        slowBody.send(' ');
        slowHead.send('x');
      }, 200);
      const heard = await slowBody.closed(30_000);
      // The runtime closes the connection itself, without a word.
      expect(heard).toBe('');
      // The runtime's own deadline for a head is some ten seconds.
      await slowHead.closed(30_000);
      clearInterval(trickle);
    });

    test('that is given up half-way leaves nothing', async () => {
      for (const framing of ['Content-Length: 5000', 'Transfer-Encoding: chunked']) {
        const connection = await openConnection(port());
        connection.send(`${head(framing)}${framing.startsWith('T') ? 'ff\r\n' : ''}{"model":"local/normal"`);
        await Bun.sleep(50);
        connection.hangUp();
      }
    });
  },
  // A body is read before its mode is known.
  { modes: ['passthrough'], timeouts: { requestBodyMs: 1_000 }, limits: { maxBodyBytes } },
);
