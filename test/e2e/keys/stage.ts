/** A gateway with an upstream that counts who reaches it, and its administration. */
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';

export interface KeyStage {
  readonly gateway: RunningGateway;
  /** How many calls reached the upstream so far. */
  reached(): number;
  admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: Record<string, unknown> }>;
  /** The text of a new key. */
  key(restrictions?: object): Promise<string>;
  stop(): Promise<void>;
}

/** As the root key, over HTTP. */
export function administrationOf(url: string): KeyStage['admin'] {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
}

export async function startKeyStage(env: Record<string, string> = {}): Promise<KeyStage> {
  let count = 0;
  const reply = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
  const upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => {
      // The gateway itself asks what models there are.
      if (!new URL(url).pathname.endsWith('/models')) count++;
      return Response.json(reply);
    },
  });
  const base = `http://127.0.0.1:${upstream.port}/v1`;
  const gateway = await startGateway({
    env: {
      OPENAI_API_KEY: 'sk-upstream-of-the-keys',
      OPENAI_BASE_URL: base,
      ANTHROPIC_API_KEY: 'sk-ant-upstream-of-the-keys',
      ANTHROPIC_BASE_URL: base,
      ...env,
    },
    // Ids in the routes are made up.
    config: { aliases: { fast: 'gpt-4o' }, objects: { unknown: 'allow' } },
  });
  const admin = administrationOf(gateway.url);
  return {
    gateway,
    reached: () => count,
    admin,
    async key(restrictions = {}) {
      const { status, json } = await admin('POST', '/admin/keys', { name: 'k', ...restrictions });
      if (status !== 201) throw new Error(JSON.stringify(json));
      return String(json.key);
    },
    async stop() {
      await gateway.stop();
      await upstream.stop(true);
    },
  };
}
