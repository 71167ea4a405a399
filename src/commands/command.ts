/** What a command is, and the exit codes all of them share. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

export interface Invocation {
  /** What stands after the command's name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export interface Command {
  /** As typed: `serve`, `config check`. */
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  /** Resolves to the exit code. Throws a UsageError or a ConfigError. */
  run(invocation: Invocation): Promise<number>;
}

export class UsageError extends Error {}
