/** Plays a table of faults in each wire format, to clients of every dialect at once, and looks for what each left behind. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { ConversationDialect } from '../../../src/core/dialect-name.ts';
import type { Expectation } from '../expectation.ts';
import type { Play } from '../fault-upstream.ts';
import { type ClientName, clients } from './clients.ts';
import {
  type Asker,
  type DialectStage,
  type DialectStageOptions,
  describeAsker,
  startDialects,
} from './dialect-stage.ts';
import { expectHeard } from './outcome.ts';
import { dialects } from './wire-script.ts';

type Expected = Expectation | ((format: ConversationDialect) => Expectation | undefined);

export interface DialectFault {
  /** What the upstream does; also the model that is called. */
  readonly name: string;
  /** Absent where the upstream has no part in it. */
  readonly play?: Play;
  /** What the client has to get; absent, or undefined for a format, where the fault has no such form. */
  readonly unary?: Expected;
  readonly stream?: Expected;
  /** One at a time, and only the dialects that differ: replies of many megabytes. */
  readonly isHeavy?: boolean;
  /** Only the dialects that differ most ask. */
  readonly isForFew?: boolean;
}

/** Those who ask a provider of the format: everyone where it is spoken as it comes, its own client where it is forced anew. */
export function askersOf(format: ConversationDialect, stream: boolean, few = false): Asker[] {
  const names = (Object.keys(clients) as ClientName[]).filter(
    (name) =>
      (stream || name !== 'gemini as an array') &&
      (!few || name === format || name === 'openai-chat' || name === 'anthropic-messages'),
  );
  return [
    ...names.map((client) => ({ client, mode: 'passthrough', stream, format }) as const),
    { client: format, mode: 'translated', stream, format },
  ];
}

export function dialectStage(
  plays: Readonly<Record<string, Play>>,
  suite: (stage: () => DialectStage) => void,
  options: DialectStageOptions = {},
): void {
  // A guard against hanging, not a measure.
  setDefaultTimeout(60_000);
  let running: DialectStage | undefined;
  const stage = () => {
    if (!running) throw new Error('the stage has not started');
    return running;
  };
  beforeAll(async () => {
    running = await startDialects(plays, options);
  });
  afterEach(() => stage().expectUnharmed());
  afterAll(async () => await running?.stop());
  suite(stage);
}

/** What did not come out as it must, by who asked; each asker is asked for at the same time, unless one at a time. */
export async function complaintsOf(
  askers: readonly Asker[],
  check: (asker: Asker) => Promise<void>,
  oneByOne = false,
): Promise<string[]> {
  const complaints: string[] = [];
  const attempt = async (asker: Asker) => {
    try {
      await check(asker);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      complaints.push(`${describeAsker(asker)}: ${Bun.stripANSI(why)}`);
    }
  };
  if (oneByOne) for (const asker of askers) await attempt(asker);
  else await Promise.all(askers.map(attempt));
  return complaints;
}

export function dialectFaults(
  title: string,
  faults: readonly DialectFault[],
  options: DialectStageOptions = {},
): void {
  const plays = Object.fromEntries(faults.flatMap(({ name, play }) => (play ? [[name, play]] : [])));
  describe(title, () => {
    dialectStage(
      plays,
      (stage) => {
        for (const { name, isHeavy = false, isForFew = isHeavy, ...expected } of faults)
          test(name, async () => {
            const wanted = ({ stream, format }: Pick<Asker, 'stream' | 'format'>) => {
              const one = stream ? expected.stream : expected.unary;
              return typeof one === 'function' ? one(format) : one;
            };
            const askers = dialects.flatMap((format) =>
              [false, true].flatMap((stream) =>
                wanted({ stream, format }) === undefined ? [] : askersOf(format, stream, isForFew),
              ),
            );
            const check = async (asker: Asker) => {
              const want = wanted(asker);
              const heard = await stage().ask(asker, name);
              if (want !== undefined) expectHeard(heard, await stage().loggedError(asker.mode, heard), want);
            };
            expect(askers.length).toBeGreaterThan(0);
            expect(await complaintsOf(askers, check, isHeavy)).toEqual([]);
          });
      },
      options,
    );
  });
}
