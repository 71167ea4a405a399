/** The gateway with a scripted upstream behind it in every wire format, one provider each, and a client suite run against both. */
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { opensslIsPresent, startTlsFront, type TlsFront } from '../../support/tls-front.ts';
import { startWireUpstream, type WireUpstream } from '../../support/wire/upstream.ts';
import { direct, type Outcome, providers, readOutcomes } from './matrix.ts';

export interface ClientStage {
  readonly gateway: RunningGateway;
  readonly upstream: WireUpstream;
  stop(): Promise<void>;
}

export async function startClientStage(upstream = startWireUpstream()): Promise<ClientStage> {
  const key = 'sk-upstream-canary';
  const gateway = await startGateway({
    env: {
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: `${upstream.url}/v1`,
      GEMINI_API_KEY: key,
      GEMINI_BASE_URL: `${upstream.url}/v1beta`,
      AWS_BEARER_TOKEN_BEDROCK: key,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
    },
    config: {
      providers: {
        chat: { baseUrl: `${upstream.url}/v1`, apiKey: key },
        // Not by its column's name, in which LiteLLM sees an API to use.
        respond: { baseUrl: `${upstream.url}/v1`, apiKey: key, dialects: ['openai-responses'] },
      },
    },
  });
  return {
    gateway,
    upstream,
    async stop() {
      await gateway.stop();
      await upstream.stop();
    },
  };
}

/** Runs a suite (`command URL KEY PROVIDER…`) directly and through the gateway. */
export async function runSuite(
  command: readonly string[],
  { gateway, upstream }: ClientStage,
): Promise<Outcome[]> {
  const fronts: TlsFront[] = [];
  const run = async (url: string, key: string, names: readonly string[]) => {
    const front = opensslIsPresent ? startTlsFront(url) : undefined;
    if (front !== undefined) fronts.push(front);
    const tls = front && { E2E_TLS_URL: front.url, AWS_CA_BUNDLE: front.certificate };
    const child = Bun.spawn([...command, url, key, ...names], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: gateway.dir,
        NO_COLOR: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        ...tls,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${err.slice(-2000)}`);
    return readOutcomes(out);
  };
  try {
    return [
      ...(await run(upstream.url, 'sk-direct', [direct])),
      ...(await run(gateway.url, rootKey, providers)),
    ];
  } finally {
    for (const front of fronts) await front.stop();
  }
}
