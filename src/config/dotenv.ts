/** `.env` in the working directory: its variables, and the line each stands on. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './read-text.ts';

export interface Dotenv {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** `.env:2 PORT`, or undefined for what does not stand there. */
  readonly locate: (name: string) => string | undefined;
}

/** What parses it takes a millisecond and more to load, which a start without the file need not pay. */
function parsed(text: string): Dotenv['variables'] {
  const { parseEnv } = require('node:util') as typeof import('node:util');
  return parseEnv(text);
}

/** The runtime's own loading of `.env` is switched off in the executable, so it is read here, and only here. */
export function readDotenv(directory: string): Dotenv {
  const path = join(directory, '.env');
  const found = statSync(path, { throwIfNoEntry: false });
  // A directory of that name is a virtual environment of Python, and no concern of ours.
  const text = found === undefined || found.isDirectory() ? '' : readText(path, '.env');
  const variables = text === '' ? {} : parsed(text);
  return {
    variables,
    locate(name) {
      if (!Object.hasOwn(variables, name)) return undefined;
      const assignment = new RegExp(`^\\uFEFF?\\s*(?:export\\s+)?${RegExp.escape(name)}\\s*[=:]`);
      // Of several lines the last one counts.
      const line = text.split('\n').findLastIndex((candidate) => assignment.test(candidate));
      return line === -1 ? `.env ${name}` : `.env:${line + 1} ${name}`;
    },
  };
}
