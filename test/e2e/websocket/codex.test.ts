/** Codex as it comes, over its WebSocket, through the executable: a file is written by way of a Responses upstream on HTTP. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv, type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';

setDefaultTimeout(90_000);
const installed = join(import.meta.dir, '..', 'agents', 'node_modules', '.bin', 'codex');
const program = process.env.OPENGATEWAY_TEST_CODEX ?? installed;
const present = existsSync(program);
if (!present)
  process.stderr.write('skipped, no Codex: neither OPENGATEWAY_TEST_CODEX nor scripts/parts brought it\n');

const patch = '*** Begin Patch\n*** Add File: hello.txt\n+hello from the gateway\n*** End Patch\n';
/** The tool each model is given, as that tool wants to be called. */
const calls: Readonly<Record<string, { name: string; input: string }>> = {
  'gpt-6.1-sol': { name: 'exec', input: `text(await tools.apply_patch(${JSON.stringify(patch)}))` },
  'gpt-5.5': { name: 'apply_patch', input: patch },
};

interface Item {
  readonly type?: string;
}
interface Asked {
  readonly model: string;
  readonly input: Item[];
  readonly previous_response_id?: string;
  readonly generate?: boolean;
}

function answerTo({ model, input }: Asked, nth: number): object[] {
  const isDone = input.some(({ type }) => type?.endsWith('call_output'));
  const id = `item_${nth}`;
  const item = isDone
    ? {
        type: 'message',
        id,
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'It is written.', annotations: [] }],
      }
    : { type: 'custom_tool_call', id, call_id: `call_${nth}`, status: 'completed', ...calls[model] };
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const response = {
    id: `resp_${nth}`,
    object: 'response',
    created_at: 1,
    model,
    status: 'completed',
    output: [item],
    usage,
  };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ];
}

describe.skipIf(!present)('Codex over its WebSocket', () => {
  const asked: { method: string; body: Asked; headers: Headers }[] = [];
  const upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (request.method !== 'POST') return new Response('{}', { status: 404 });
      const body = (await request.json()) as Asked;
      asked.push({ method: request.method, body, headers: request.headers });
      const events = answerTo(body, asked.length).map((event) => `data: ${JSON.stringify(event)}\n\n`);
      return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      env: { OPENAI_API_KEY: 'sk-upstream-canary', OPENAI_BASE_URL: `http://127.0.0.1:${upstream.port}/v1` },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.stop(true);
  });

  test.each(Object.keys(calls))('%s', async (model) => {
    asked.length = 0;
    const since = gateway.logLines().length;
    const dir = mkdtempSync(join(tmpdir(), 'opengateway-codex-'));
    for (const name of ['home/.codex', 'work', 'tmp']) mkdirSync(join(dir, name), { recursive: true });
    const config = `model = "${model}"\nopenai_base_url = "${gateway.url}/v1"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n`;
    writeFileSync(join(dir, 'home/.codex/config.toml'), config);
    const options = ['--skip-git-repo-check', '--json', '--dangerously-bypass-approvals-and-sandbox'];
    const quiet = ['--disable', 'plugins', '--disable', 'apps'];
    const child = Bun.spawn([program, 'exec', ...options, ...quiet, 'Create hello.txt with a greeting.'], {
      cwd: join(dir, 'work'),
      env: cleanEnv({ HOME: join(dir, 'home'), TMPDIR: join(dir, 'tmp'), CODEX_API_KEY: rootKey }),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    });
    const guard = setTimeout(() => child.kill(), 60_000);
    const said = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    clearTimeout(guard);
    expect(said).toContain('It is written.');
    expect(readFileSync(join(dir, 'work', 'hello.txt'), 'utf8')).toBe('hello from the gateway\n');
    rmSync(dir, { recursive: true, force: true });
    // The warm-up stayed here; what it sent in pieces arrived whole.
    expect(asked.length).toBe(2);
    const [first, second] = asked;
    expect(second?.body.input.slice(0, first?.body.input.length)).toEqual(first?.body.input ?? []);
    for (const { body, headers } of asked) {
      expect(body).not.toHaveProperty('previous_response_id');
      expect(body).not.toHaveProperty('generate');
      expect(headers.get('openai-beta')).toBeNull();
      expect(headers.get('x-openai-internal-codex-responses-lite')).toBe(model === 'gpt-5.5' ? null : 'true');
    }
    const records = gateway
      .logLines()
      .slice(since)
      .filter((line) => line.event === 'call');
    expect(records.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['/v1/responses', 200],
      ['/v1/responses', 200],
    ]);
  });
});
