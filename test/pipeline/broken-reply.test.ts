/** A model's reply that only its own dialect has a word for: an error to everyone else, and never an empty success. */
import { describe, expect, test } from 'bun:test';
import { chat, eventStream, requestFor, stageWith } from './in-process.ts';

const reply = {
  candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed call: f(' }],
  usageMetadata: { promptTokenCount: 3 },
};

function stageFor(answer: () => Response) {
  const provider = { dialects: new Set(['gemini'] as const) };
  return stageWith({ transport: async () => answer(), provider });
}

const path = '/v1/chat/completions';

describe('a malformed call', () => {
  test('fails a whole reply', async () => {
    const { response, text } = await stageFor(() => Response.json(reply)).call(requestFor(path, chat));
    expect(response.status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ error: { message: 'Malformed call: f(' } });
  });

  test('fails a stream, which then claims no end', async () => {
    const stage = stageFor(() => eventStream(`data: ${JSON.stringify(reply)}\r\n\r\n`));
    const { text, record } = await stage.call(requestFor(path, { ...chat, stream: true }));
    expect(text).toContain('Malformed call: f(');
    expect(text).not.toContain('[DONE]');
    expect(record).toMatchObject({ status: 502 });
  });
});
