/** The sources of settings: flags over environment over `.env` over the config file over defaults. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { TSchema } from '@sinclair/typebox';
import { ConfigError, type Diagnostic, didYouMean } from './diagnostics.ts';
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
}

/** The runtime's own loading of `.env` is switched off in the executable, so it is read here, and only here. */
function readDotenv(directory: string): Environment {
  const path = join(directory, '.env');
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
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
function overlay(file: ConfigFile, flags: SourceOptions['flags'], environment: Environment): ConfigFile {
  const merged: Record<string, unknown> = { ...file };
  const diagnostics: Diagnostic[] = [];
  for (const setting of settingsOf()) {
    const { flag, variable } = setting.schema;
    const flagged = flag === undefined ? undefined : flags[flag];
    const text =
      flagged === undefined ? (variable === undefined ? undefined : environment[variable]) : String(flagged);
    if (text === undefined || (text === '' && setting.schema.secret !== true)) continue;
    const value = parseText(text, setting.schema);
    const where = flagged === undefined ? `environment ${variable}` : `--${flag}`;
    if (value !== undefined && inRange(value, setting.schema)) place(merged, setting, value);
    else {
      const choices =
        (setting.schema.anyOf as { const: string }[] | undefined)?.map((choice) => choice.const) ?? [];
      // A secret's value is never repeated, and it fails only by being empty.
      diagnostics.push({
        where,
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
  const environment = { ...readDotenv(workingDirectory), ...options.environment };
  const named = typeof flags.config === 'string' ? flags.config : environment.OPENGATEWAY_CONFIG;
  const path = resolve(workingDirectory, named ?? 'opengateway.json');
  let file: ConfigFile = {};
  const present = existsSync(path);
  if (present) {
    // Loaded only where there is a file to read: most first starts have none.
    const { readConfigText } = await import('./file.ts');
    file = readConfigText(readFileSync(path, 'utf8'), named ?? 'opengateway.json', environment);
  } else if (named !== undefined)
    throw new ConfigError([{ where: named, problem: 'there is no such file.' }]);
  return { environment, file: overlay(file, flags, environment), configPath: present ? path : undefined };
}
