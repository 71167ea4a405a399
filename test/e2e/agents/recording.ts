/** One run of an agent through a gateway and an upstream of its own, and all that was sent. */
import { rootKey } from '../../support/gateway.ts';
import { startWireUpstream, type WireRequest } from '../../support/wire/upstream.ts';
import { startClientStage } from '../clients/stage.ts';
import { type Agent, type Ended, runAgent } from './agent.ts';
import { claudeCode } from './claude-code.ts';
import { codexWithBaseUrl, codexWithProvider } from './codex.ts';
import { type SentRequest, startFront } from './front.ts';
import { geminiCli } from './gemini-cli.ts';
import { opencodeAnthropic, opencodeCompatible } from './opencode.ts';
import { agentScript } from './script.ts';

export const agents = {
  'claude-code': claudeCode,
  codex: codexWithProvider,
  'codex-base-url': codexWithBaseUrl,
  'opencode-compatible': opencodeCompatible,
  'opencode-anthropic': opencodeAnthropic,
  'gemini-cli': geminiCli,
} satisfies Record<string, Agent>;

export interface Wanted {
  readonly agent: keyof typeof agents;
  /** With the prefix of the provider that shall answer. */
  readonly model: string;
}

export interface Recording extends Wanted, Ended {
  /** As the agent sent them. */
  readonly sent: readonly SentRequest[];
  /** As they reached the upstream. */
  readonly arrived: readonly WireRequest[];
  /** The gateway's own log. */
  readonly log: readonly Record<string, unknown>[];
}

/** `env` is laid under the agent's own. */
export async function record(wanted: Wanted, env: Readonly<Record<string, string>>): Promise<Recording> {
  const stage = await startClientStage(startWireUpstream(agentScript));
  const front = startFront(stage.gateway.url);
  try {
    // The relay knows no WebSockets.
    const url = wanted.agent === 'codex-base-url' ? stage.gateway.url : front.url;
    const place = { url, key: rootKey, model: wanted.model };
    const ended = await runAgent(agents[wanted.agent], place, env);
    return {
      ...wanted,
      ...ended,
      sent: front.sent,
      arrived: stage.upstream.requests,
      log: stage.gateway.logLines(),
    };
  } finally {
    await front.stop();
    await stage.stop();
  }
}
