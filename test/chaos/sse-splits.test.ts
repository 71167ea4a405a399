/** The stream cut in two at every byte, with each kind of line end: always the same events, always the same usage. */
import { expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import type { ChaosStage } from './chaos-stage.ts';
import { answers, expectOutcome } from './expectation.ts';
import { eachChaosMode } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import { chunks, content, done, eventOf, headOf, usage } from './script.ts';

const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;
type LineEnd = keyof typeof lineEnds;

const texts = [chunks.first, chunks.second, chunks.finish, chunks.usage];
const streamWith = (lineEnd: string) =>
  Buffer.from([`: comment${lineEnd}`, ...[...texts, done].map((text) => eventOf(text, lineEnd))].join(''));

/** The body has no length: what is written apart can be read apart, with nothing in between. */
async function split({ argument, say, socket }: FaultCall): Promise<void> {
  const [lineEnd = 'lf', at = '0'] = argument.split('-');
  const stream = streamWith(lineEnds[lineEnd as LineEnd]);
  await say(Buffer.concat([Buffer.from(headOf({ type: 'stream' })), stream.subarray(0, Number(at))]));
  await say(stream.subarray(Number(at)));
  socket.end();
}

const atOnce = 64;
const expected = texts.map((text) => JSON.parse(text) as unknown);

async function everyPosition(stage: ChaosStage, lineEnd: LineEnd, askForUsage: boolean): Promise<void> {
  const length = streamWith(lineEnds[lineEnd]).length;
  const fields = { stream: true, ...(askForUsage && { stream_options: { include_usage: true } }) };
  const wanted = askForUsage ? expected : expected.slice(0, -1);
  const requestIds: string[] = [];
  const positions = Array.from({ length }, (_, at) => at + 1);
  const workers = Array.from({ length: atOnce }, async () => {
    for (let at = positions.pop(); at !== undefined; at = positions.pop()) {
      const reply = await stage.chat(`split.${lineEnd}-${at}`, fields);
      expectOutcome(reply, answers(content));
      expect({ at, events: withoutModel(reply.events) }).toEqual({ at, events: withoutModel(wanted) });
      requestIds.push(reply.headers.get('x-request-id') ?? '');
    }
  });
  await Promise.all(workers);
  expect(requestIds.length).toBe(length);
  await expectUsageLogged(stage, requestIds);
}

/** The gateway may put the model's name as the client knows it. */
const withoutModel = (events: readonly unknown[]) =>
  events.map((event) => ({ ...(event as object), model: '' }));

async function expectUsageLogged(stage: ChaosStage, requestIds: readonly string[]): Promise<void> {
  const wanted = new Set(requestIds);
  const lines = () => stage.gateway.logLines().filter((line) => wanted.has(String(line.request_id)));
  await eventually(() => lines().length === wanted.size, 'a log line for each call');
  const counted = new Set(lines().map((line) => `${line.input_tokens} in, ${line.output_tokens} out`));
  expect([...counted]).toEqual([`${usage.prompt_tokens} in, ${usage.completion_tokens} out`]);
}

eachChaosMode('a stream cut in two at every byte', { split }, (stage) => {
  for (const lineEnd of ['lf', 'crlf', 'cr'] as const) {
    test(`with ${lineEnd}, usage asked for`, () => everyPosition(stage(), lineEnd, true));
    test(`with ${lineEnd}, usage not asked for`, () => everyPosition(stage(), lineEnd, false));
  }
});
