/** Starts llama.cpp's own server with the real model, as scripts/parts installed both. */
import { join } from 'node:path';
import { cleanEnv, freePort } from './gateway.ts';
import { python, scriptsDir } from './parts.ts';

export interface Llama {
  /** With the version: http://127.0.0.1:PORT/v1 */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startLlama(kind: 'chat' | 'embeddings'): Promise<Llama> {
  const port = await freePort();
  const child = Bun.spawn([python, join(scriptsDir, 'llama_server.py'), String(port), kind], {
    env: cleanEnv({ PYTHONDONTWRITEBYTECODE: '1' }),
    // Held open: the server ends when this process does.
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const said = await child.stdout.getReader().read();
  if (said.done) throw new Error(`llama.cpp's server ended with ${await child.exited}`);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    stop: async () => {
      child.stdin.end();
      await child.exited;
    },
  };
}
