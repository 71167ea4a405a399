/** Every path of OpenAI's published specification, and where it goes: inference, a surface, or a clear refusal. */
import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { specification } from '../support/specification.ts';
import { appWith } from './app.ts';

const file = specification('openai/openapi.yaml');
const present = existsSync(file);

/** Paths and methods, by the document's own indentation: a path at two spaces, its methods at four. */
function operations(): [string, string][] {
  const found: [string, string][] = [];
  let path: string | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (/^\S/.test(line)) path = undefined;
    path = /^ {2}(\/[^\s]*):$/.exec(line)?.[1] ?? path;
    const method = /^ {4}(get|post|put|patch|delete):$/.exec(line)?.[1];
    if (path !== undefined && method !== undefined) found.push([method.toUpperCase(), path]);
  }
  return found;
}

describe.skipIf(!present)(
  `OpenAI's paths${present ? '' : ' (skipped: the specification is not here)'}`,
  () => {
    const { asRoot } = appWith();

    async function destination(method: string, path: string): Promise<string> {
      const response = await asRoot(method, `/v1${path.replaceAll(/\{[^}]+\}/g, 'obj_0123456789')}`);
      const body = (await response.json()) as {
        reached?: string;
        surface?: string;
        path?: string;
        error?: { code: string };
      };
      if (body.surface !== undefined) return `passed on to ${body.surface}`;
      if (body.reached !== undefined) return 'understood';
      return response.status === 200 ? 'answered here' : `${response.status} ${body.error?.code}`;
    }

    test('each of them goes where it should', async () => {
      const all = operations();
      expect(all.length).toBeGreaterThan(200);
      const counts = new Map<string, number>();
      for (const [method, path] of all) {
        const where = await destination(method, path);
        counts.set(where, (counts.get(where) ?? 0) + 1);
        if (/^\/(?:organization|projects)\//.test(path))
          expect({ method, path, where }).toEqual({ method, path, where: '404 operation_not_supported' });
        else if (path.startsWith('/models')) continue;
        else
          expect({ method, path, where }).toEqual({
            method,
            path,
            where: expect.stringMatching(/^(?:passed on to|understood$)/) as unknown as string,
          });
      }
      for (const [where, count] of [...counts].sort())
        process.stdout.write(`${count} operations: ${where}\n`);
    });
  },
);
