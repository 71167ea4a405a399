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

/** The newest types leave out what the API still takes under `anthropic-version: 2023-06-01`. */
const body =
  'type Body = Anthropic.Beta.MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number };';

function shortened(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'string' && inner.length > maxText ? inner.slice(0, maxText) : inner,
    ),
  );
}

/** For each request what is wrong with it as a body of `POST /v1/messages`; empty texts where nothing is. */
export function anthropicFaults(requests: readonly JsonObject[]): string[] {
  const lines = requests.map((json, at) => `export const r${at}: Body = ${JSON.stringify(shortened(json))};`);
  const source = ["import type Anthropic from '@anthropic-ai/sdk';", body, ...lines].join('\n');
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
      faults[Number(line) - 2] = text;
    if (run.exitCode !== 0 && faults.every((text) => text === ''))
      throw new Error(`the compiler failed: ${run.stdout}${run.stderr}`);
    return faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
