/** Settings read from a working directory made for the occasion. */
import { ConfigError } from '../../src/config/diagnostics.ts';
import { readSettings, type Settings } from '../../src/config/settings.ts';
import { directoryWith } from '../support/bun-program.ts';

export interface Given {
  readonly flags?: Record<string, string | boolean>;
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
}

export async function settingsFrom({ flags = {}, environment = {}, files = {} }: Given): Promise<Settings> {
  const directory = directoryWith(files);
  try {
    return await readSettings({ flags, environment, workingDirectory: directory.path });
  } finally {
    directory.remove();
  }
}

/** Every complaint as `where  problem`; empty where there is none. */
export async function complaintsAbout(given: Given): Promise<string[]> {
  try {
    await settingsFrom(given);
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message.split('\n');
    throw thrown;
  }
}
