/** Time from exec to the first answered chat completion, by the model that is built in. */
import { freePort } from '../../support/gateway.ts';
import type { Bench } from '../bench.ts';
import { chatBody, headersFor } from '../payloads.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';
import { gatewayEnv } from '../subject.ts';

const giveUpMs = 5_000;

export async function measureStart(bench: Bench): Promise<Row[]> {
  const runs = Math.max(bench.options.quick ? 7 : 15, bench.options.rounds);
  const fresh: number[] = [];
  const again: number[] = [];
  for (let run = 0; run <= runs; run++) {
    bench.say(run === 0 ? 'warming up' : `start ${run} of ${runs}`);
    const port = await freePort();
    const first = await execToAnswer(bench, port);
    const second = await execToAnswer(bench, port);
    if (run === 0) continue;
    fresh.push(first);
    again.push(second);
  }
  const spread = (values: number[]) =>
    `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ms`;
  return [
    {
      what: 'exec to first answered chat completion',
      unit: 'ms',
      bound: { kind: 'most', value: 40 },
      measured: median(fresh),
      detail: spread(fresh),
      how: `median of ${runs} starts on an empty data directory with ROOT_KEY alone, executable in the page cache; connects without pause until demo/echo is answered 200`,
    },
    {
      what: 'the same on a data directory in use',
      unit: 'ms',
      measured: median(again),
      detail: spread(again),
      how: 'the second start on the directory of the first',
    },
  ];
}

async function execToAnswer({ processes, options }: Bench, port: number): Promise<number> {
  const body = chatBody('demo/echo');
  const request = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headersFor()).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
  const startedAt = performance.now();
  const child = processes.start([options.gateway], { env: gatewayEnv(processes, port) });
  try {
    for (;;) {
      const answer = await ask(port, request);
      const tookMs = performance.now() - startedAt;
      if (answer?.startsWith('HTTP/1.1 200')) return tookMs;
      if (tookMs > giveUpMs || child.exitCode !== null) {
        throw new Error(
          `no answer after ${tookMs.toFixed(0)} ms: ${answer ?? 'refused'} (exit ${child.exitCode})`,
        );
      }
    }
  } finally {
    await processes.stop(child);
  }
}

/** One attempt: what came back first, or null when nobody listens yet. */
async function ask(port: number, request: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const attempt = Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (socket) => void socket.write(request),
      data(socket, chunk) {
        resolve(chunk.toString('latin1', 0, 300));
        socket.terminate();
      },
      close: () => resolve(null),
      connectError: () => resolve(null),
    },
  });
  attempt.catch(() => resolve(null));
  return await promise;
}
