/** Real recorded traffic, where it is present beside the project; tests that need it are skipped, and say so, where not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';

const folder =
  process.env.OPENGATEWAY_TRAFFIC_DIR ?? join(import.meta.dir, '..', '..', '..', 'shared', 'traffic');

export interface Exchange {
  readonly id: string;
  readonly stream: boolean;
  readonly request: { readonly url: string; readonly body?: JsonObject };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: JsonObject;
    readonly text?: string;
    readonly base64?: string;
  };
}

export function trafficIsPresent(family: string): boolean {
  return existsSync(join(folder, `${family}.jsonl.zst`));
}

export function readTraffic(family: string): Exchange[] {
  const packed = readFileSync(join(folder, `${family}.jsonl.zst`));
  const lines = new TextDecoder().decode(Bun.zstdDecompressSync(packed)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Exchange);
}

/** What a round trip found, printed so that every exception stands with its reason. */
export class Tally {
  #kept = 0;
  readonly #exceptions = new Map<string, string[]>();

  keep(): void {
    this.#kept++;
  }

  except(reason: string, id: string): void {
    this.#exceptions.set(reason, [...(this.#exceptions.get(reason) ?? []), id]);
  }

  get exceptions(): number {
    return [...this.#exceptions.values()].flat().length;
  }

  /** `done`: what became of those that were kept. */
  print(what: string, done = 'unchanged'): void {
    const rows = [...this.#exceptions].map(
      ([reason, ids]) => `  except ${ids.length}: ${reason} (${ids[0]}, …)\n`,
    );
    process.stdout.write(
      `${what}: ${this.#kept} of ${this.#kept + this.exceptions} ${done}\n${rows.join('')}`,
    );
  }
}
