/** A stream of each wire format cut in two at many places, in the middle of whatever stands there: always the same events. */
import { describe, expect, test } from 'bun:test';
import type { FaultCall } from '../fault-upstream.ts';
import { type Asker, describeAsker } from './dialect-stage.ts';
import { askersOf, dialectStage } from './dialect-suite.ts';
import { dialects, headOf, scripts, streamOf } from './wire-script.ts';

const cuts = 96;

/** The body has no length: what is written apart can be read apart, with nothing in between. */
async function split({ format, argument, say, socket }: FaultCall): Promise<void> {
  const at = Number(argument.split('.', 1)[0]);
  const bytes = Buffer.from(streamOf(scripts[format]));
  await say(Buffer.concat([Buffer.from(headOf(format, true)), bytes.subarray(0, at)]));
  await say(bytes.subarray(at));
  socket.end();
}

/** Times and ids the gateway makes itself differ from call to call. */
const steady = (events: readonly unknown[]) =>
  JSON.stringify(events)
    .replaceAll(
      /"(?:id|item_id|responseId|completed_at|created_at|created|createTime|model|modelVersion)":("[^"]*"|\d+)/g,
      '',
    )
    .replaceAll(/split\.[\d.]+/g, '')
    // A heartbeat, where the machine was slow.
    .replaceAll('{"type":"ping"},', '');

describe('a stream cut in two', () => {
  dialectStage({ split }, (stage) => {
    for (const format of dialects)
      test(`${format} has the same events wherever it is cut`, async () => {
        const { length } = streamOf(scripts[format]);
        const askers = askersOf(format, true, true);
        const events = new Map<string, Set<string>>();
        const jobs = askers.flatMap((asker) =>
          Array.from({ length: cuts }, (_, i) => ({ asker, at: 1 + Math.floor((i * (length - 1)) / cuts) })),
        );
        const run = async ({ asker, at }: { asker: Asker; at: number }) => {
          const heard = await stage().ask(asker, `split.${at}`);
          expect({ at, error: heard.error, isComplete: heard.isComplete }).toEqual({
            at,
            error: undefined,
            isComplete: true,
          });
          const name = describeAsker(asker);
          events.set(name, (events.get(name) ?? new Set()).add(steady(heard.events)));
        };
        const workers = Array.from({ length: 48 }, async () => {
          for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) await run(job);
        });
        await Promise.all(workers);
        expect(events.size).toBe(askers.length);
        for (const [name, seen] of events)
          expect({ name, different: [...seen].slice(1) }).toEqual({ name, different: [] });
      });
  });
});
