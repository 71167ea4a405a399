/** A client that hangs up, by the openai npm package: the upstream is let go, before the first byte and after it. */
import { expect, test } from 'bun:test';
import { APIConnectionTimeoutError, APIUserAbortError } from 'openai';
import { eachMode } from '../../support/each-mode.ts';
import { eventually } from '../../support/eventually.ts';
import { patient } from '../../support/stage.ts';
import { clientOf, hello, thrownBy } from './client.ts';

const silent = [
  { title: 'before the first byte', model: 'scripted-stall', stream: false },
  { title: 'before the first byte, streamed', model: 'scripted-stall', stream: true },
  { title: 'within a whole reply', model: 'scripted-stall-midstream', stream: false },
];
const flowing = [
  { title: 'in a silent stream', model: 'scripted-stall-midstream' },
  { title: 'in a running stream', model: 'scripted-endless' },
];

eachMode('openai npm: hanging up', { timeouts: patient }, (stage) => {
  const calls = (model: string) => stage().upstream.received(model);
  const nextCall = async (model: string, before: number) =>
    await eventually(() => calls(model)[before], `a call for ${model}`);

  for (const { title, model, stream } of silent)
    test(`${title}: abort`, async () => {
      const before = calls(model).length;
      const controller = new AbortController();
      const request = { model: `local/${model}`, messages: hello, stream };
      const thrown = thrownBy(
        clientOf(stage()).chat.completions.create(request, { signal: controller.signal }),
      );
      const call = await nextCall(model, before);
      expect(call.aborted).toBe(false);
      controller.abort();
      expect(await thrown).toBeInstanceOf(APIUserAbortError);
      await eventually(() => call.aborted, 'the upstream being let go');
    });

  for (const { title, model } of flowing)
    for (const how of ['abort', 'break'])
      test(`${title}: ${how}`, async () => {
        const before = calls(model).length;
        const request = { model: `local/${model}`, messages: hello, stream: true as const };
        const stream = await clientOf(stage()).chat.completions.create(request);
        const call = await nextCall(model, before);
        for await (const chunk of stream) {
          expect(chunk.choices[0]?.delta.content).toBe('Half ');
          expect(call.aborted).toBe(false);
          if (how === 'break') break;
          stream.controller.abort();
        }
        await eventually(() => call.aborted, 'the upstream being let go');
      });

  test('the client’s own time-out: abort', async () => {
    const before = calls('scripted-stall').length;
    const client = clientOf(stage(), { timeout: 500 });
    const error = await thrownBy(
      client.chat.completions.create({ model: 'local/scripted-stall', messages: hello }),
    );
    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    const call = await nextCall('scripted-stall', before);
    await eventually(() => call.aborted, 'the upstream being let go');
  });

  test('the gateway serves on', async () => {
    const reply = await clientOf(stage()).chat.completions.create({
      model: 'local/scripted-chat',
      messages: hello,
    });
    expect(reply.choices[0]?.message.content).toBe('You said: hello there');
  });
});
