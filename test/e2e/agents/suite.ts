/** Runs an agent through the gateway to several upstreams, with no network but loopback, and holds what every run must show. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isolation } from './isolation.ts';
import type { Recording, Wanted } from './recording.ts';
import type { Printed } from './run.ts';
import { edited, farewell, signatures } from './script.ts';

const folder = import.meta.dir;
const skipVariable = 'OPENGATEWAY_SKIP_AGENTS';

/** Why the agents cannot run here. */
function missing(): string | undefined {
  if (process.env[skipVariable] === '1') return `${skipVariable} is set`;
  const stamp = join(folder, 'node_modules', '.installed');
  const isInstalled =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(join(folder, 'bun.lock'), 'utf8');
  return isInstalled ? undefined : 'the agents are not installed: run scripts/parts';
}

const title = ({ agent, model }: Wanted) => `${agent} as ${model}`;

/** The recording of a run, once the runs are over. */
export type Find = (model: string, agent?: Wanted['agent']) => Recording;

export function agentSuite(name: string, runs: readonly Wanted[], more: (find: Find) => void): void {
  const reason = missing();
  if (reason !== undefined) process.stderr.write(`skipped, ${name}: ${reason}\n`);
  describe.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, () => {
    const network = reason === undefined ? isolation() : undefined;
    const printed: Printed[] = [];
    let child: Bun.Subprocess<'ignore', 'pipe', 'pipe'> | undefined;
    const find: Find = (model, agent) => {
      const found = printed.find(
        ({ recording }) => recording.model === model && (agent ?? recording.agent) === recording.agent,
      );
      if (found === undefined) throw new Error(`no run as ${model}`);
      return found.recording;
    };

    beforeAll(async () => {
      child = Bun.spawn(
        [...(network ?? []), process.execPath, join(folder, 'run.ts'), JSON.stringify(runs)],
        { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
      );
      const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      if (code !== 0) throw new Error(`the runs ended with ${code}: ${err.slice(-2000)}`);
      for (const line of out.trim().split('\n')) printed.push(JSON.parse(line) as Printed);
    }, 280_000);
    // It ends the agents it has started.
    afterAll(() => child?.kill('SIGTERM'));

    test.skipIf(network === undefined)(
      network === undefined
        ? 'no network but loopback (skipped: the system does not let this user make one; proxies were dead)'
        : 'there was no network but loopback',
      () => expect(printed.map(({ interfaces }) => interfaces)).toEqual(runs.map(() => ['lo'])),
    );

    test.each(runs.map((run) => [title(run), run] as const))(
      '%s edits the file and is done',
      (_title, run) => {
        const { code, stdout, stderr, file, sent } = find(run.model, run.agent);
        const refused = sent.filter(({ method, status }) => method === 'POST' && status !== 200);
        expect({ code, refused, file, said: stdout.includes(farewell) }, stderr.slice(-1000)).toEqual({
          code: 0,
          refused: [],
          file: edited,
          said: true,
        });
      },
    );

    more(find);
  });
}

/** The conversation's requests, without those for a title and the like. */
export function turns({ arrived }: Recording) {
  return arrived.filter(({ body }) => JSON.stringify(body).includes('"tools"'));
}

/** That each turn gave back the signatures of the thoughts before it, as they were and in order. */
export function expectSignaturesBack(recording: Recording): void {
  const each = new RegExp(signatures.join('|'), 'g');
  const found = turns(recording).map(({ text }): string[] => text.match(each) ?? []);
  expect(found.length).toBeGreaterThan(1);
  expect(found).toEqual(found.map((_one, at) => signatures.slice(0, at)));
}

/** That the body arrived to the byte, but for the provider's prefix of the model's name. */
export function expectBytesKept({ sent, arrived, model }: Recording): void {
  const [, name = model] = /^[a-z]+\/(.*)$/.exec(model) ?? [];
  const asked = sent.filter(({ method }) => method === 'POST');
  expect(asked.map(({ mode }) => mode)).toEqual(asked.map(() => 'passthrough'));
  const kept = arrived.map(({ text }, at) => {
    const wanted = asked[at]?.text.replace(JSON.stringify(model), JSON.stringify(name));
    return text === wanted;
  });
  expect(kept).toEqual(asked.map(() => true));
}

/** What the gateway said it could not carry over, in any of the replies. */
export function warnings({ sent }: Recording): string {
  return sent.map((request) => request.warnings ?? '').join('; ');
}

export function count(text: string, word: string): number {
  return text.split(word).length - 1;
}
