/** How much a stream has said, counted from a few of its chunks, in the wire form of each API. */
import { describe, expect, test } from 'bun:test';
import { PassedText, writtenTokens } from '../../src/pipeline/passed-text.ts';

/** Forty characters: ten tokens. */
const words = 'Forty characters of text, with "quotes".';
const json = JSON.stringify(words);

const sse = (data: string) => `data: ${data}\n\n`;
const wires: Readonly<Record<string, string>> = {
  'openai-chat': sse(`{"id":"c","choices":[{"index":0,"delta":{"content":${json}},"finish_reason":null}]}`),
  'openai-chat, reasoning': sse(`{"choices":[{"delta":{"reasoning_content":${json}}}]}`),
  'openai-chat, a tool': sse(
    `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":${json}}}]}}]}`,
  ),
  'openai-completions': sse(`{"choices":[{"index":0,"text":${json},"finish_reason":null}]}`),
  'openai-responses': sse(
    `{"type":"response.output_text.delta","item_id":"i","delta":${json},"obfuscation":"xxxxxxxxxxxxxxxx"}`,
  ),
  'anthropic-messages': `event: content_block_delta\n${sse(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${json}}}`)}`,
  'anthropic-messages, thinking': sse(`{"delta":{"type":"thinking_delta","thinking":${json}}}`),
  'anthropic-messages, a tool': sse(`{"delta":{"type":"input_json_delta","partial_json":${json}}}`),
  gemini: sse(`{"candidates":[{"content":{"parts":[{"text": ${json}}],"role":"model"}}]}`),
  'bedrock-converse': `\0\0\0\x8d:event-type\x07contentBlockDelta{"contentBlockIndex":0,"delta":{"text":${json}},"p":"abcdefghij"}\xff\xfe`,
};

describe.each(Object.entries(wires))('%s', (_name, wire) => {
  test.each([1, 3, 100, 5000])('%d chunks', (chunks) => {
    const passed = new PassedText();
    for (let chunk = 0; chunk < chunks; chunk++) passed.note(Buffer.from(wire, 'latin1'));
    // The quotes are escaped on the wire.
    expect(passed.tokens).toBeWithin(chunks * 10, chunks * 11 + 2);
  });
});

test('many events in one chunk, one event in many', () => {
  const wire = wires['openai-chat'] ?? '';
  const whole = new PassedText();
  whole.note(Buffer.from(wire.repeat(1000)));
  expect(whole.tokens).toBeWithin(9000, 11_500);
  const pieces = new PassedText();
  for (let chunk = 0; chunk < 100; chunk++) pieces.note(Buffer.from(wire.repeat(10)));
  expect(pieces.tokens).toBeWithin(9000, 11_500);
});

test('nothing, and what says nothing', () => {
  expect(new PassedText().tokens).toBe(0);
  const silent = new PassedText();
  for (let chunk = 0; chunk < 9; chunk++) silent.note(Buffer.from(': comment\n\ndata: {"type":"ping"}\n\n'));
  expect(silent.tokens).toBe(0);
});

test('what is kept of a stream is bounded, and a copy', () => {
  const chunk = Buffer.alloc(1 << 20, 'data: {"text":"x"}\n\n');
  const passed = new PassedText();
  for (let round = 0; round < 100; round++) passed.note(chunk);
  chunk.fill(0);
  expect(passed.tokens).toBeGreaterThan(1_000_000);
});

test('a whole reply', () => {
  expect(writtenTokens(JSON.stringify({ choices: [{ message: { content: 'x'.repeat(400) } }] }))).toBe(100);
  expect(writtenTokens('{"data":[{"embedding":[0.1,0.2]}]}')).toBe(0);
  // Whatever is in it, and however long it is.
  expect(writtenTokens(JSON.stringify({ text: 'x'.repeat(8_000_000) }))).toBe(2_000_000);
  expect(writtenTokens(JSON.stringify({ text: '"\\'.repeat(1_000_000), other: 'y' }))).toBe(1_000_000);
  expect(writtenTokens(JSON.stringify({ text: 'a","text":"b' }))).toBe(4);
});
