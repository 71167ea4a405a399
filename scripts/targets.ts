/** The platforms an executable can be built for, and where the pinned runtime for each comes from: an npm package. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageManager } from '../package.json';

export interface Target {
  readonly bunTarget: string;
  readonly npmPackage: string;
}

export const targets: Readonly<Record<string, Target>> = {
  'linux-x64': { bunTarget: 'bun-linux-x64', npmPackage: '@oven/bun-linux-x64' },
  'linux-x64-musl': { bunTarget: 'bun-linux-x64-musl', npmPackage: '@oven/bun-linux-x64-musl' },
  'linux-arm64': { bunTarget: 'bun-linux-arm64', npmPackage: '@oven/bun-linux-aarch64' },
  'linux-arm64-musl': { bunTarget: 'bun-linux-arm64-musl', npmPackage: '@oven/bun-linux-aarch64-musl' },
  'darwin-x64': { bunTarget: 'bun-darwin-x64', npmPackage: '@oven/bun-darwin-x64' },
  'darwin-arm64': { bunTarget: 'bun-darwin-arm64', npmPackage: '@oven/bun-darwin-aarch64' },
};

/** The runtime for a target, fetched through npm at the pinned version. Throws when npm cannot. */
export async function resolveExecutable(target: Target): Promise<string> {
  const version = packageManager.replace('bun@', '');
  const kept = join(import.meta.dir, '..', '.tools', 'targets');
  const executable = join(kept, 'node_modules', target.npmPackage, 'bin', 'bun');
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'package.json'), '{"private":true}\n');
  // --force: npm otherwise refuses a package for another platform.
  await Bun.$`npm install --prefix ${kept} --no-audit --no-fund --loglevel=error --force ${`${target.npmPackage}@${version}`}`.quiet();
  if (!existsSync(executable)) throw new Error(`${target.npmPackage}@${version} holds no bin/bun`);
  return executable;
}
