/** Usage of a realtime session, out of all that goes by. */
import { expect, test } from 'bun:test';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { RealtimeMeter } from '../../../src/pipeline/websocket/realtime-meter.ts';
import { doneEvent } from '../../support/realtime-upstream.ts';

test('that of each finished response is added up, and nothing else counts', () => {
  const meter = new RealtimeMeter(openaiChat);
  for (const text of [
    '{"type":"response.audio.delta","delta":"AAAA"}',
    '{"type":"conversation.item.created","item":{"text":"response.done"}}',
    '{"type":"x","said":"\\"response.done\\"","response":{"usage":{"input_tokens":99,"output_tokens":99}}}',
    '{"type":"response.done"}',
    '{"type":"response.done","response":{"usage":null}}',
    '{"type":"response.done","response":[1]}',
    '"response.done"',
    '{"type":"response.done"',
  ]) {
    meter.observe(text);
    expect(meter.usage).toBeUndefined();
  }
  meter.observe(doneEvent(10, 4));
  meter.observe(doneEvent(20, 6));
  expect(meter.usage).toEqual({
    inputTokens: 30,
    outputTokens: 10,
    cachedInputTokens: 2,
    audioInputTokens: 28,
    audioOutputTokens: 8,
  });
});
