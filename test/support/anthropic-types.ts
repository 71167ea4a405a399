/**
 * Anthropic publishes no specification file: the type declarations of its SDK are the reference. Requests are judged by the
 * TypeScript compiler, many in one run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';

const root = join(import.meta.dir, '..', '..');
/** Long texts say nothing of a type, and base64 would make the compiler slow. */
const maxText = 500;

/** The newest types of a request leave out what the API still takes under `anthropic-version: 2023-06-01`. */
const types = `
type Body = Anthropic.Beta.MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number };
type Loose<T> = T extends readonly (infer U)[] ? Loose<U>[] : T extends object ? { [K in keyof T]?: Loose<T[K]> } : T;
type Core = 'id' | 'type' | 'role' | 'model' | 'content' | 'stop_reason' | 'stop_sequence' | 'usage';
type Reply = Loose<Anthropic.Message> & { [K in Core]: unknown };
type Event = Loose<Anthropic.RawMessageStreamEvent>;
`.trim();

function shortened(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'string' && inner.length > maxText ? inner.slice(0, maxText) : inner,
    ),
  );
}

/**
 * For each value what is wrong with it as a body of `POST /v1/messages`, or as its reply or an event of it, whose fields
 * are all optional here: older ones leave newer fields out. Empty texts where nothing is.
 */
export function anthropicFaults(
  requests: readonly JsonObject[],
  type: 'Body' | 'Reply' | 'Event' = 'Body',
): string[] {
  const lines = requests.map(
    (json, at) => `export const r${at}: ${type} = ${JSON.stringify(shortened(json))};`,
  );
  const head = ["import type Anthropic from '@anthropic-ai/sdk';", types].join('\n');
  const firstLine = head.split('\n').length + 1;
  const source = [head, ...lines].join('\n');
  // Below the project, so that the SDK is found.
  const folder = mkdtempSync(join(root, '.tools', 'anthropic-types-'));
  try {
    writeFileSync(join(folder, 'requests.ts'), source);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          module: 'esnext',
          moduleResolution: 'bundler',
          types: [],
          target: 'esnext',
          lib: ['esnext', 'dom'],
        },
        files: ['requests.ts'],
      }),
    );
    const run = Bun.spawnSync([join(root, 'node_modules', '.bin', 'tsc'), '--pretty', 'false', '-p', folder]);
    const faults = requests.map(() => '');
    for (const [, line = '', text = ''] of run.stdout
      .toString()
      .matchAll(/requests\.ts\((\d+),\d+\): (error [^\n]*)/g))
      faults[Number(line) - firstLine] = text;
    if (run.exitCode !== 0 && faults.every((text) => text === ''))
      throw new Error(`the compiler failed: ${run.stdout}${run.stderr}`);
    return faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
