/** A command run as the executable runs it, without a process. */
import { runCommand } from '../../src/commands/index.ts';
import { directoryWith } from '../support/bun-program.ts';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface InvokeOptions {
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
}

/** The variable keeps `serve` from starting the process over, which a test must not do. */
const inPlace = { BUN_CONFIG_MAX_HTTP_REQUESTS: '256' };

export async function invoke(
  args: readonly string[],
  { environment = {}, files = {} }: InvokeOptions = {},
): Promise<Outcome> {
  const directory = directoryWith(files);
  let out = '';
  let err = '';
  try {
    const code = await runCommand(args, {
      environment: { ...inPlace, ...environment },
      workingDirectory: directory.path,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  } finally {
    directory.remove();
  }
}
