/** How TextDecoder treats bad UTF-8, characters split over chunks, and a byte order mark. */
import { expect, test } from 'bun:test';

const strict = () => new TextDecoder('utf-8', { fatal: true });
const [euroA, euroB] = [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)];

test('bad bytes become U+FFFD unless it is fatal', () => {
  const bytes = Uint8Array.of(0x61, 0xff);
  expect(new TextDecoder().decode(bytes)).toBe('a\ufffd');
  expect(() => strict().decode(bytes)).toThrow(TypeError);
});

test('a character split over chunks is put together', () => {
  const decoder = strict();
  expect(decoder.decode(euroA, { stream: true }) + decoder.decode(euroB, { stream: true })).toBe('€');
});

test('an unfinished character shows only at the last decode', () => {
  const decoder = strict();
  expect(decoder.decode(euroA, { stream: true })).toBe('');
  expect(() => decoder.decode()).toThrow(TypeError);
});

test('a byte order mark is dropped, by request.text() as well', async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b);
  expect(strict().decode(bytes)).toBe('{');
  expect(await new Response(bytes).text()).toBe('{');
});

test('text() never rejects bad UTF-8: bytes have to be decoded strictly', async () => {
  expect(await new Response(Uint8Array.of(0x22, 0xff, 0x22)).text()).toBe('"\ufffd"');
});
