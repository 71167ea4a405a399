/** OpenAI's own client puts together what is written for it, whole and streamed, out of another dialect's frames. */
import { expect, test } from 'bun:test';
import OpenAI from 'openai';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyEvent, ReplyFrame } from '../../../src/core/reply.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { wireText } from '../../support/trips.ts';

const carry = { dialect: 'bedrock-converse', fields: {} } as const;
const said: ReplyEvent[] = [
  { type: 'reasoning-delta', choice: 0, block: 0, text: 'hm' },
  { type: 'reasoning-signature', choice: 0, block: 0, signature: 'S' },
  { type: 'text-delta', choice: 0, block: 1, text: 'Hel' },
  { type: 'text-delta', choice: 0, block: 1, text: 'lo' },
  { type: 'tool-call-delta', choice: 0, block: 2, index: 2, id: 'a', name: 'f' },
  { type: 'tool-call-delta', choice: 0, block: 2, index: 2, arguments: '{"x":' },
  { type: 'tool-call-delta', choice: 0, block: 2, index: 2, arguments: '1}' },
  { type: 'tool-call-delta', choice: 0, block: 3, index: 3, id: 'b', name: 'g' },
  { type: 'choice-finish', choice: 0, reason: 'stop' },
  { type: 'usage', usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 2 } },
];
const frame = (events: readonly ReplyEvent[]): ReplyFrame => ({ id: 'i', model: 'm', events, carry });
const request = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };
const outcome = {
  choices: [
    {
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: 'Hello',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 2 } },
};

function clientOf(body: string, type: string): OpenAI {
  const answer = () => Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  return new OpenAI({ apiKey: 'k', baseURL: 'http://upstream.test/v1', fetch: answer });
}

test('a stream', async () => {
  const head = { model: 'm', stream: true, wantsUsage: true };
  const writer = openaiChat.listen.createStreamWriter(head, new Losses());
  const wire = [...said.map((event) => wireText(writer.write(frame([event])))), wireText(writer.end())];
  const client = clientOf(wire.join(''), 'text/event-stream');
  const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
  expect(await stream.finalChatCompletion()).toMatchObject(outcome);
});

test('a whole reply', async () => {
  const body = JSON.stringify(openaiChat.listen.writeReply(frame(said), new Losses()));
  const reply = await clientOf(body, 'application/json').chat.completions.create(request);
  expect(reply).toMatchObject(outcome as never);
});
