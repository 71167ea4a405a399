/** Runs one suite on a stage of its own in each of the gateway's two modes, and ends it with the secrets check. */
import { afterAll, beforeAll, describe, setDefaultTimeout, test } from 'bun:test';
import { modes, type Stage, type StageOptions, startStage } from './stage.ts';

/** A guard against hanging, not a measure. */
export const hangGuardMs = 60_000;

export function eachMode(title: string, options: StageOptions, suite: (stage: () => Stage) => void): void {
  for (const mode of modes)
    describe(`${title}, ${mode}`, () => {
      setDefaultTimeout(hangGuardMs);
      let running: Stage | undefined;
      const stage = () => {
        if (!running) throw new Error('the stage has not started');
        return running;
      };
      beforeAll(async () => {
        running = await startStage(mode, options);
      });
      suite(stage);
      test('no credential leaves its side', () => stage().expectSecretsKept());
      afterAll(async () => await running?.stop());
    });
}
