/** Failures as the SDKs of OpenAI and Anthropic see them: their own typed exceptions, whichever API the upstream speaks. */
import { describe, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import { rootKey } from '../../support/gateway.ts';
import { formats } from '../../support/wire/upstream.ts';
import { type Mode, modes } from '../chaos-stage.ts';
import type { FaultCall, Play } from '../fault-upstream.ts';
import { content } from '../script.ts';
import { beginStream } from './begin-stream.ts';
import { dialectStage } from './dialect-suite.ts';
import { clientHears } from './rendezvous.ts';
import { chunkOf, dialects, headOf, lastChunk, measured, restOf, scripts } from './wire-script.ts';

const words = 'The model fell over.';
const statuses = [400, 403, 404, 429, 500, 503, 529];

const refuse =
  (status: number): Play =>
  ({ format, say }) => {
    const { body, headers = {} } = formats[format].fail({ status, message: words });
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return say(
      measured(
        (length) => headOf(format, false, [length, ...more], `${status} Refused`),
        JSON.stringify(body),
      ),
    );
  };

const later =
  (ending: (call: FaultCall) => unknown): Play =>
  async (call) => {
    await beginStream(call);
    await ending(call);
  };

/** How a stream breaks once the client has its beginning, and whether the upstream has said why. */
const endings: Readonly<Record<string, Play>> = {
  'that tells a failure': later(({ format, say }) =>
    say(Buffer.concat([chunkOf(scripts[format].errorEvent(words)), Buffer.from(lastChunk)])),
  ),
  'that is reset': later(({ socket }) => socket.resetAndDestroy()),
  'that ends unfinished': later(({ say }) => say(lastChunk)),
  'that falls silent': later(() => {}),
  'of bad JSON': later(({ format, say }) =>
    say(Buffer.concat([chunkOf(scripts[format].event('{"a')), chunkOf(restOf(scripts[format]))])),
  ),
};

const named = (what: string) => what.replaceAll(' ', '-');
const plays = {
  ...Object.fromEntries(Object.entries(endings).map(([what, play]) => [named(what), play])),
  ...Object.fromEntries(statuses.map((status) => [`refuses-${status}`, refuse(status)])),
};

let numbers = 0;
const modelOf = (format: string, scenario: string) => {
  numbers += 1;
  const id = `sdk${numbers}`;
  return { model: `${format}/${scenario}.${id}`, begun: () => clientHears(id) };
};

const user = { role: 'user', content: 'Hello' } as const;

/** What a stream's user has: the text until it threw, and what it threw. */
async function drain<T>(
  events: AsyncIterable<T>,
  textOf: (event: T) => string,
): Promise<{ text: string; thrown: unknown }> {
  let text = '';
  try {
    for await (const event of events) text += textOf(event);
  } catch (thrown) {
    return { text, thrown };
  }
  return { text, thrown: undefined };
}

function expectBroken({ text, thrown }: { text: string; thrown: unknown }, what: string): string {
  expect(text).not.toBe('');
  expect(content).toStartWith(text);
  if (!(thrown instanceof Error)) throw new Error(`nothing was thrown ${what}`);
  return thrown.message;
}

describe('a typed exception', () => {
  dialectStage(plays, (stage) => {
    const openai = (mode: Mode) =>
      new OpenAI({
        baseURL: `${stage().gateways[mode].url}/v1`,
        apiKey: rootKey,
        maxRetries: 0,
        defaultHeaders: { connection: 'close' },
      });
    const anthropic = (mode: Mode) =>
      new Anthropic({
        baseURL: stage().gateways[mode].url,
        apiKey: rootKey,
        maxRetries: 0,
        defaultHeaders: { connection: 'close' },
      });

    /** Whatever the upstream speaks, in both modes, all at once. */
    const everywhere = (what: string, check: (format: ConversationDialect, mode: Mode) => Promise<void>) => {
      test(what, async () => {
        const places = dialects.flatMap((format) => modes.map((mode) => ({ format, mode })));
        const outcomes = await Promise.allSettled(places.map(({ format, mode }) => check(format, mode)));
        const complaints = outcomes.flatMap((outcome, i) =>
          outcome.status === 'fulfilled'
            ? []
            : [`${places[i]?.format}, ${places[i]?.mode}: ${Bun.stripANSI(String(outcome.reason))}`],
        );
        expect(complaints).toEqual([]);
      });
    };

    for (const what of Object.keys(endings)) {
      const isTold = what === 'that tells a failure';

      everywhere(`ends a stream ${what}, openai chat`, async (format, mode) => {
        const { model, begun } = modelOf(format, named(what));
        const stream = await openai(mode).chat.completions.create({ model, messages: [user], stream: true });
        begun();
        const got = await drain(stream, ({ choices }) => choices[0]?.delta.content ?? '');
        const message = expectBroken(got, what);
        expect(got.thrown).toBeInstanceOf(OpenAI.APIError);
        if (isTold) expect(message).toContain(words);
      });

      everywhere(`ends a stream ${what}, openai responses`, async (format, mode) => {
        const { model, begun } = modelOf(format, named(what));
        const stream = await openai(mode).responses.create({ model, input: 'Hello', stream: true });
        begun();
        let last = '';
        let told = '';
        const got = await drain(stream, (event) => {
          last = event.type;
          if (event.type === 'response.failed') told = event.response.error?.message ?? '';
          if (event.type === 'error') told = event.message;
          return event.type === 'response.output_text.delta' ? event.delta : '';
        });
        // This API has events for it; its SDK throws for one of them only.
        const message = got.thrown instanceof Error ? got.thrown.message : told;
        expect(message).not.toBe('');
        if (isTold) expect(message).toContain(words);
        if (got.thrown === undefined) expect(['response.failed', 'error']).toContain(last);
        else expect(got.thrown).toBeInstanceOf(OpenAI.APIError);
        expect(content).toStartWith(got.text);
      });

      everywhere(`ends a stream ${what}, anthropic`, async (format, mode) => {
        const { model, begun } = modelOf(format, named(what));
        const stream = await anthropic(mode).messages.create({
          model,
          max_tokens: 99,
          messages: [user],
          stream: true,
        });
        begun();
        const got = await drain(stream, (event) =>
          event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
        );
        const message = expectBroken(got, what);
        expect(got.thrown).toBeInstanceOf(Anthropic.APIError);
        if (isTold) expect(message).toContain(words);
      });
    }

    const openaiClasses: Readonly<Record<number, new (...args: never) => Error>> = {
      400: OpenAI.BadRequestError,
      403: OpenAI.PermissionDeniedError,
      404: OpenAI.NotFoundError,
      429: OpenAI.RateLimitError,
    };
    const anthropicClasses: typeof openaiClasses = {
      400: Anthropic.BadRequestError,
      403: Anthropic.PermissionDeniedError,
      404: Anthropic.NotFoundError,
      429: Anthropic.RateLimitError,
    };
    for (const status of statuses)
      for (const stream of [false, true])
        everywhere(`tells of ${status} before the first byte, streamed ${stream}`, async (format, mode) => {
          const { model } = modelOf(format, `refuses-${status}`);
          const thrown = await Promise.all([
            openai(mode)
              .chat.completions.create({ model, messages: [user], stream })
              .catch((error: unknown) => error),
            openai(mode)
              .responses.create({ model, input: 'Hello', stream })
              .catch((error: unknown) => error),
            anthropic(mode)
              .messages.create({ model, max_tokens: 99, messages: [user], stream })
              .catch((error: unknown) => error),
          ]);
          const classes = [
            openaiClasses[status] ?? OpenAI.InternalServerError,
            openaiClasses[status] ?? OpenAI.InternalServerError,
            anthropicClasses[status] ?? Anthropic.InternalServerError,
          ];
          for (const [i, error] of thrown.entries()) {
            expect(error).toBeInstanceOf(classes[i] ?? Error);
            expect(error).toMatchObject({ status });
            expect(String(error)).toContain(words);
          }
        });
  });
});
