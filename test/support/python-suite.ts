/** Runs a Python script of checks through the gateway and turns each line it prints into a test. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { eachMode } from './each-mode.ts';
import { cleanEnv, rootKey } from './gateway.ts';
import { missingPart, python, scriptsDir } from './parts.ts';
import { limits, type Stage, type StageOptions } from './stage.ts';

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface PythonSuite {
  readonly title: string;
  readonly script: string;
  /** Every check the script must print; one more or one less fails. */
  readonly names: readonly string[];
  readonly stage?: StageOptions;
}

async function runScript(script: string, stage: Stage): Promise<Map<string, Outcome>> {
  const child = Bun.spawn([python, join(scriptsDir, script)], {
    env: cleanEnv({
      E2E_BASE_URL: stage.baseURL,
      E2E_KEY: rootKey,
      E2E_UPSTREAM: new URL(stage.upstream.url).origin,
      E2E_MODE: stage.mode,
      E2E_MAX_BODY_BYTES: String(limits.maxBodyBytes),
      E2E_MAX_DEPTH: String(limits.maxDepth),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUTF8: '1',
    }),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${err}`);
  const lines = out.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Outcome).map((outcome) => [outcome.name, outcome]));
}

export function pythonSuite({ title, script, names, stage: options = {} }: PythonSuite): void {
  const reason = missingPart('clients');
  describe.skipIf(reason !== undefined)(
    reason === undefined ? title : `${title} (skipped: ${reason})`,
    () => {
      eachMode(title, options, (stage) => {
        let outcomes = new Map<string, Outcome>();
        beforeAll(async () => {
          outcomes = await runScript(script, stage());
        }, 120_000);
        for (const name of names)
          test(name, () => {
            expect(outcomes.get(name) ?? 'not checked').toEqual({ name, ok: true, detail: '' });
          });
        test('nothing else was checked', () =>
          expect([...outcomes.keys()].sort()).toEqual([...names].sort()));
      });
    },
  );
}
