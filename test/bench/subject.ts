/** A server under measurement, and the call it is asked to answer. */
import { freePort } from '../support/gateway.ts';
import type { Options } from './options.ts';
import { chatBody, headersFor, rootKey } from './payloads.ts';
import type { Processes } from './processes.ts';

export interface Subject {
  readonly name: string;
  readonly process: Bun.Subprocess;
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Start {
  readonly name: string;
  /** Given the port to listen on, the command. */
  readonly command: (port: number) => string[];
  readonly env?: (port: number) => Record<string, string>;
  readonly cwd?: string;
  readonly stdout?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Without it this runtime makes 256 requests at once; the gateway sees to that by itself. */
const baselineEnv = { BUN_CONFIG_MAX_HTTP_REQUESTS: '10000' };

/** Starts it and waits until the call it will be measured with is answered 200. */
export async function startSubject(processes: Processes, start: Start): Promise<Subject> {
  const port = await freePort();
  const options = {
    env: start.env?.(port) ?? baselineEnv,
    ...(start.cwd === undefined ? {} : { cwd: start.cwd }),
    ...(start.stdout === undefined ? {} : { stdout: start.stdout }),
  };
  const subject: Subject = {
    name: start.name,
    process: processes.start(start.command(port), options),
    port,
    path: '/v1/chat/completions',
    headers: headersFor(start.headers),
    body: start.body ?? chatBody('local/bench'),
  };
  await untilAnswered(subject);
  return subject;
}

/** A data directory that cannot be: no ledger, no keys but the root key. */
export const nothingKept = { OPENGATEWAY_DATA_DIR: '/dev/null/nothing' } as const;

/** The environment of a gateway: loopback, a root key, an empty data directory of its own. */
export function gatewayEnv(processes: Processes, port: number): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    ROOT_KEY: rootKey,
    OPENGATEWAY_DATA_DIR: `${processes.dir}/data-${port}`,
  };
}

/** `keeps`: with its ledger, as it is installed; what is measured without has rows of its own for it. */
export function gatewayStart(
  processes: Processes,
  options: Options,
  upstreamPort: number,
  keeps: boolean,
): Start {
  return {
    name: 'gateway',
    command: () => [options.gateway],
    env: (port) => ({
      ...gatewayEnv(processes, port),
      LOCAL_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
      ...(!keeps && nothingKept),
    }),
    stdout: options.log ?? `${processes.dir}/gateway.log`,
  };
}

async function untilAnswered(subject: Subject): Promise<void> {
  const deadline = Date.now() + 15_000;
  let last = 'nothing';
  while (Date.now() < deadline && subject.process.exitCode === null) {
    try {
      const reply = await fetch(`http://127.0.0.1:${subject.port}${subject.path}`, {
        method: 'POST',
        headers: subject.headers,
        body: subject.body,
        signal: AbortSignal.timeout(10_000),
      });
      // A stream may go on for long: its headers are answer enough.
      if (reply.status === 200) return await reply.body?.cancel();
      last = `${reply.status} ${(await reply.text()).slice(0, 200)}`;
    } catch (error) {
      last = String(error);
    }
    await Bun.sleep(50);
  }
  throw new Error(`${subject.name} does not answer: ${last} (exit code ${subject.process.exitCode})`);
}
