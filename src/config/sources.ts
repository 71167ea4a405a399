/** The sources of settings: flags over environment over `.env` over the config file over defaults. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { ConfigError, type Diagnostic, didYouMean, type Locator } from './diagnostics.ts';
import { readDotenv } from './dotenv.ts';
import { readText } from './read-text.ts';
import type { ConfigFile, Setting } from './schema.ts';
import { settingsOf } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SourceOptions {
  /** Flags by name, as typed. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly environment: Environment;
  readonly workingDirectory: string;
}

export interface Sources {
  /** Environment and `.env` together, the former winning. */
  readonly environment: Environment;
  readonly file: ConfigFile;
  /** The file read, if any. */
  readonly configPath: string | undefined;
  readonly locate: Locator;
}

function parseText(text: string, schema: TSchema): unknown {
  const trimmed = text.trim();
  if (schema.type === 'integer') return /^-?\d+$/.test(trimmed) ? Number(trimmed) : undefined;
  if (schema.type === 'boolean') {
    if (/^(true|1|yes|on)$/i.test(trimmed)) return true;
    return /^(false|0|no|off)$/i.test(trimmed) ? false : undefined;
  }
  const choices = schema.anyOf as { const: string }[] | undefined;
  if (choices !== undefined) return choices.find((choice) => choice.const === trimmed.toUpperCase())?.const;
  return text;
}

function expectation(schema: TSchema): string {
  const choices = schema.anyOf as { const: string }[] | undefined;
  if (choices !== undefined) return `one of ${choices.map((choice) => choice.const).join(', ')}`;
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  if (schema.type === 'integer')
    return `a whole number${minimum === undefined ? '' : ` from ${minimum} to ${maximum}`}`;
  return schema.type === 'boolean' ? 'true or false' : 'a text that is not empty';
}

function inRange(value: unknown, schema: TSchema): boolean {
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema as { minimum?: number; maximum?: number };
    return value >= minimum && value <= maximum;
  }
  return typeof value !== 'string' || value.length >= Number(schema.minLength ?? 0);
}

function place(file: Record<string, unknown>, setting: Setting, value: unknown): void {
  let at = file;
  for (const key of setting.path.slice(0, -1)) {
    at[key] = { ...(at[key] as object | undefined) };
    at = at[key] as Record<string, unknown>;
  }
  at[setting.path.at(-1) ?? ''] = value;
}

/** Lays flags and variables over what the file says. */
function overlay(
  file: ConfigFile,
  flags: SourceOptions['flags'],
  environment: Environment,
  locateVariable: Locator['variable'],
): ConfigFile {
  const merged: Record<string, unknown> = { ...file };
  const diagnostics: Diagnostic[] = [];
  for (const setting of settingsOf()) {
    const { flag, variable } = setting.schema;
    const flagged = flag === undefined ? undefined : flags[flag];
    const text =
      flagged === undefined ? (variable === undefined ? undefined : environment[variable]) : String(flagged);
    if (text === undefined || (text === '' && setting.schema.secret !== true)) continue;
    const value = parseText(text, setting.schema);
    if (value !== undefined && inRange(value, setting.schema)) place(merged, setting, value);
    else {
      const choices =
        (setting.schema.anyOf as { const: string }[] | undefined)?.map((choice) => choice.const) ?? [];
      // A secret's value is never repeated, and it fails only by being empty.
      diagnostics.push({
        where: flagged === undefined ? locateVariable(variable ?? '') : `--${flag}`,
        problem: `must be ${expectation(setting.schema)}.${didYouMean(text, choices)}`,
      });
    }
  }
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  return merged as ConfigFile;
}

/** Throws a ConfigError. */
export async function readSources(options: SourceOptions): Promise<Sources> {
  const { flags, workingDirectory } = options;
  const dotenv = readDotenv(workingDirectory);
  const environment = { ...dotenv.variables, ...options.environment };
  const variable = (name: string) =>
    (Object.hasOwn(options.environment, name) ? undefined : dotenv.locate(name)) ?? `environment ${name}`;
  const named = [flags.config, environment.OPENGATEWAY_CONFIG].find(
    (name): name is string => typeof name === 'string' && name !== '',
  );
  const name = named ?? 'opengateway.json';
  const path = resolve(workingDirectory, name);
  if (!existsSync(path)) {
    if (named !== undefined) throw new ConfigError([{ where: named, problem: 'there is no such file.' }]);
    return {
      environment,
      file: overlay({}, flags, environment, variable),
      configPath: undefined,
      locate: { variable, setting: (keys) => keys.join('.') },
    };
  }
  const text = readText(path, name);
  // Loaded only where there is a file to read: most first starts have none.
  const [{ readConfigText }, { locateSetting }] = await Promise.all([
    import('./file.ts'),
    import('./position.ts'),
  ]);
  return {
    environment,
    file: overlay(readConfigText(text, name, environment), flags, environment, variable),
    configPath: path,
    locate: { variable, setting: (keys) => locateSetting(text, name, keys) },
  };
}
