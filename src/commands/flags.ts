/** Flags of a command, parsed and with a hint where one is misspelt. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../config/diagnostics.ts';
import { settingsOf } from '../config/schema.ts';
import { UsageError } from './command.ts';

export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  readonly help: string;
}

export interface ParsedFlags {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** The flags that set settings, and the one that names the config file. */
export function settingFlags(): Record<string, FlagSpec> {
  const flags: Record<string, FlagSpec> = {
    config: { type: 'string', help: 'Config file; `opengateway.json` in the working directory when absent.' },
  };
  for (const { schema } of settingsOf())
    if (schema.flag !== undefined)
      flags[schema.flag] = {
        type: schema.type === 'boolean' ? 'boolean' : 'string',
        help: schema.description,
      };
  return flags;
}

export function flagHelp(specs: Readonly<Record<string, FlagSpec>>): string {
  const names = Object.entries(specs).map(
    ([name, spec]) => `--${name}${spec.type === 'string' ? ' <value>' : ''}`,
  );
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(specs)
    .map((spec, at) => `  ${(names[at] ?? '').padEnd(width)}  ${spec.help}`)
    .join('\n');
}

/** Throws a UsageError. */
export function parseFlags(args: readonly string[], specs: Readonly<Record<string, FlagSpec>>): ParsedFlags {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, { type: spec.type }]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    return { flags: values as ParsedFlags['flags'], positionals };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const unknown = /'--([^'=]+)/.exec(message)?.[1];
    const hint =
      unknown === undefined || Object.hasOwn(specs, unknown) ? '' : didYouMean(unknown, Object.keys(specs));
    throw new UsageError(`${message.split('. ')[0]}.${hint}`);
  }
}
