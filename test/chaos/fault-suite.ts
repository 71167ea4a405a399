/** Plays a table of faults: each in both modes, whole and streamed, and after each looks for what it left behind. */
import { afterAll, afterEach, beforeAll, describe, setDefaultTimeout, test } from 'bun:test';
import { type ChaosOptions, type ChaosStage, type Mode, modes, startChaos } from './chaos-stage.ts';
import { type Expectation, expectOutcome } from './expectation.ts';
import type { Play } from './fault-upstream.ts';

export interface Scenario {
  /** What the upstream does; also the model that is called. */
  readonly name: string;
  readonly play: Play;
  /** What the client has to get; absent where the fault has no such form. */
  readonly unary?: Expectation;
  readonly stream?: Expectation;
}

/** A stage for each mode, with whatever tests the suite adds; each of its tests ends with the look for left-overs. */
export function eachChaosMode(
  title: string,
  plays: Record<string, Play>,
  suite: (stage: () => ChaosStage, mode: Mode) => void,
  options: ChaosOptions & { readonly modes?: readonly Mode[] } = {},
): void {
  for (const mode of options.modes ?? modes)
    describe(`${title}, ${mode}`, () => {
      // A guard against hanging, not a measure.
      setDefaultTimeout(60_000);
      let running: ChaosStage | undefined;
      const stage = () => {
        if (!running) throw new Error('the stage has not started');
        return running;
      };
      beforeAll(async () => {
        running = await startChaos(mode, plays, options);
      });
      afterEach(() => stage().expectUnharmed());
      afterAll(async () => await running?.stop());
      suite(stage, mode);
    });
}

export function faultSuite(title: string, scenarios: readonly Scenario[], options: ChaosOptions = {}): void {
  const plays = Object.fromEntries(scenarios.map(({ name, play }) => [name, play]));
  eachChaosMode(
    title,
    plays,
    (stage) => {
      for (const { name, unary, stream } of scenarios) {
        if (unary) test(`${name}, whole`, async () => expectOutcome(await stage().chat(name), unary));
        if (stream)
          test(`${name}, streamed`, async () => {
            expectOutcome(await stage().chat(name, { stream: true }), stream);
          });
      }
    },
    options,
  );
}
