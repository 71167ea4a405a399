/** Two teams and root before a gateway with two providers that keep objects. */
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { type ObjectUpstream, startObjectUpstream } from '../../support/object-upstream.ts';
import { administrationOf } from '../keys/stage.ts';

export interface Asked {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Asked>;

export interface ObjectStage {
  readonly gateway: RunningGateway;
  readonly openai: ObjectUpstream;
  readonly anthropic: ObjectUpstream;
  readonly second: ObjectUpstream;
  /** Requests that reached any upstream so far. */
  reached(): number;
  readonly a: Ask;
  readonly b: Ask;
  readonly root: Ask;
  readonly keyOf: Readonly<Record<'a' | 'b', string>>;
  stop(): Promise<void>;
}

export function askWith(url: string, key: string): Ask {
  return async (method, path, body, headers = {}) => {
    const isPlain = body instanceof FormData || typeof body === 'string' || body === undefined;
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(!isPlain && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isPlain ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    let json: Record<string, unknown> = {};
    try {
      json = JSON.parse(text) as Record<string, unknown>;
    } catch {
      // What is no JSON is asked for as text.
    }
    return { status: response.status, text, json };
  };
}

export async function startObjectStage(config: object = {}): Promise<ObjectStage> {
  let count = 0;
  // Ids that two providers mint alike.
  const openai = startObjectUpstream();
  const anthropic = startObjectUpstream();
  const second = startObjectUpstream(() => String(++count).padStart(12, '0'));
  const gateway = await startGateway({
    env: {
      OPENAI_API_KEY: 'sk-upstream-of-the-objects',
      OPENAI_BASE_URL: openai.url,
      ANTHROPIC_API_KEY: 'sk-ant-upstream-of-the-objects',
      ANTHROPIC_BASE_URL: anthropic.url,
    },
    config: {
      providers: {
        second: { baseUrl: second.url, dialects: ['openai-responses', 'openai-platform', 'openai-chat'] },
      },
      ...config,
    },
  });
  const admin = administrationOf(gateway.url);
  const keyFor = async (name: string) => {
    const { json: team } = await admin('POST', '/admin/teams', { name });
    const { status, json } = await admin('POST', '/admin/keys', { name, team_id: team.id });
    if (status !== 201) throw new Error(JSON.stringify(json));
    return String(json.key);
  };
  const keyOf = { a: await keyFor('a'), b: await keyFor('b') };
  return {
    gateway,
    openai,
    anthropic,
    second,
    reached: () => [openai, anthropic, second].reduce((sum, { requests }) => sum + requests.length, 0),
    a: askWith(gateway.url, keyOf.a),
    b: askWith(gateway.url, keyOf.b),
    root: askWith(gateway.url, rootKey),
    keyOf,
    async stop() {
      await gateway.stop();
      for (const upstream of [openai, anthropic, second]) await upstream.stop();
    },
  };
}
