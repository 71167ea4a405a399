/** Turns a suite of real clients into tests, and holds docs/clients.md to what came out. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exception, Matrix, providers } from './matrix.ts';
import { type ClientStage, runSuite, startClientStage } from './stage.ts';

const page = join(import.meta.dir, '..', '..', '..', 'docs', 'clients.md');

export interface ClientSuite {
  readonly title: string;
  readonly command: readonly string[];
  readonly exceptions: readonly Exception[];
  /** Every client the suite must have tried: one that cannot be loaded must not pass by absence. */
  readonly clients: readonly string[];
  /** Why the suite cannot run here. */
  readonly missing: string | undefined;
}

/** Replaces a section of the page between its markers; the page is written only on request, else compared. */
function holdPage(title: string, table: string): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [`<!-- ${title}: begin -->`, `<!-- ${title}: end -->`];
  const [before, rest = ''] = text.split(begin);
  const [, after = ''] = rest.split(end);
  const wanted = `${before}${begin}\n${table}\n${end}${after}`;
  if (process.env.OPENGATEWAY_WRITE_DOCS === '1') writeFileSync(page, wanted);
  else expect(text).toBe(wanted);
}

export function clientSuite({ title, command, exceptions, clients, missing }: ClientSuite): void {
  describe.skipIf(missing !== undefined)(
    missing === undefined ? title : `${title} (skipped: ${missing})`,
    () => {
      let stage: ClientStage | undefined;
      let matrix = new Matrix([], []);
      beforeAll(async () => {
        stage = await startClientStage();
        matrix = new Matrix(await runSuite(command, stage), exceptions);
      }, 280_000);
      afterAll(async () => await stage?.stop());

      test('all clients were tried', () => {
        expect(matrix.clients.sort()).toEqual([...clients].sort());
      });
      describe.each([...clients])('%s', (client) => {
        test.each([...providers])('at %s', (provider) => {
          expect(matrix.faults(client, provider)).toEqual([]);
        });
      });
      test('no exception has become idle', () => {
        const used = matrix.clients.flatMap((client) =>
          providers.flatMap((provider) =>
            matrix.scenarios.flatMap((scenario) =>
              matrix.find(client, provider, scenario)?.ok === false && matrix.worksDirectly(client, scenario)
                ? [matrix.exceptionFor(client, provider, scenario)]
                : [],
            ),
          ),
        );
        expect(exceptions.filter((one) => !used.includes(one)).map(({ reason }) => reason)).toEqual([]);
      });
      test('the page shows what came out', () => holdPage(title, matrix.table()));
    },
  );
}
