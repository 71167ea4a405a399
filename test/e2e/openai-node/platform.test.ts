/** The rest of OpenAI's platform through the gateway with its own SDK: forms up, bytes down, objects back to their owner. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import OpenAI, { toFile } from 'openai';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { type PlatformUpstream, startPlatformUpstream } from '../../support/platform-upstream.ts';

let first: PlatformUpstream;
let second: PlatformUpstream;
let gateway: RunningGateway;
let client: OpenAI;

beforeAll(async () => {
  first = startPlatformUpstream('one');
  second = startPlatformUpstream('two');
  gateway = await startGateway({
    env: { OPENAI_BASE_URL: first.url, OPENAI_API_KEY: 'sk-upstream-platform' },
    config: {
      limits: { maxBodyBytes: 400_000 },
      aliases: { voice: 'openai/tts-1' },
      providers: {
        other: { baseUrl: second.url, dialects: ['openai-platform', 'openai-images', 'openai-audio'] },
      },
    },
  });
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: rootKey, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  await first.stop();
  await second.stop();
});

test('a form goes up with its file to the byte, the model under its own name', async () => {
  const bytes = new Uint8Array(200_000).map((_, at) => (at * 7) % 256);
  const file = await toFile(bytes, 'speech.wav', { type: 'audio/wav' });
  for (const model of ['whisper-1', 'openai/whisper-1']) {
    const { text } = await client.audio.transcriptions.create({ model, file, language: 'en' });
    expect(JSON.parse(text)).toEqual({
      file: `speech.wav: ${Bun.hash(bytes)}`,
      language: 'en',
      model: 'whisper-1',
    });
  }
  const line = await eventually(() => gateway.logLines().at(-1), 'a log line');
  expect(line).toMatchObject({
    endpoint: '/v1/audio/*',
    provider: 'openai',
    model: 'whisper-1',
    input_tokens: 5,
  });
  expect(first.requests.at(-1)?.headers.authorization).toBe('Bearer sk-upstream-platform');
});

test('bytes come down as they are', async () => {
  const speech = await client.audio.speech.create({ model: 'voice', voice: 'alloy', input: 'hi' });
  expect(speech.headers.get('content-type')).toBe('audio/mpeg');
  const bytes = new Uint8Array(await speech.arrayBuffer());
  expect(bytes).toEqual(new Uint8Array(300_000).map((_, at) => at % 251));
});

test('bytes that end too soon break the connection off instead of looking whole', async () => {
  const cut = client.audio.speech.create({ model: 'voice', voice: 'cut', input: 'hi' });
  await expect(cut.then((speech) => speech.arrayBuffer())).rejects.toThrow();
  const line = await eventually(
    () => gateway.logLines().find(({ error }) => error === 'upstream_incomplete'),
    'a log line of the cut',
  );
  expect(line).toMatchObject({ endpoint: '/v1/audio/*', status: 502 });
});

test('an image goes to the provider its model names', async () => {
  const image = await client.images.generate({ model: 'other/paint', prompt: 'a house' });
  expect(image).toMatchObject({ model: 'paint', usage: { output_tokens: 7 } } as object);
  expect(second.requests.at(-1)?.path).toBe('/images/generations');
});

describe('objects', () => {
  test('are found again where they were made, and by nobody else', async () => {
    const made = await fetch(`${second.url}/files`, { method: 'POST', body: formWith('x') });
    const { id: foreign } = (await made.json()) as { id: string };
    const own = await client.files.create({
      file: await toFile(Buffer.from('{"a":1}'), 'b.jsonl'),
      purpose: 'batch',
    });
    expect(await (await client.files.content(own.id)).text()).toBe('{"a":1}');
    expect((await client.files.retrieve(own.id)).bytes).toBe(7);
    expect(await client.files.delete(own.id)).toMatchObject({ deleted: true });
    expect(first.requests.at(-1)).toMatchObject({ method: 'DELETE', path: `/files/${own.id}` });
    // Made elsewhere and unknown here: asked of the first provider that offers the surface, whose refusal is its own.
    expect(await client.files.retrieve(foreign).catch((error: unknown) => error)).toMatchObject({
      status: 404,
      code: 'gone',
    });
  });

  test('larger than any body that is read stream through', async () => {
    const big = new Uint8Array(3_000_000).fill(7);
    const made = await client.files.create({ file: await toFile(big, 'big.bin'), purpose: 'batch' });
    expect(made.bytes).toBe(3_000_000);
    const content = await (await client.files.content(made.id)).bytes();
    expect(content.length).toBe(3_000_000);
  });
});

function formWith(text: string): FormData {
  const form = new FormData();
  form.append('purpose', 'batch');
  form.append('file', new File([text], 'f.txt'));
  return form;
}

describe('refused', () => {
  const headers = { authorization: `Bearer ${rootKey}` };
  const url = (path: string) => `${gateway.url}/v1${path}`;
  const cases: [string, () => Promise<Response>, number, string][] = [
    ['no key', () => fetch(url('/files')), 401, 'invalid_api_key'],
    ['a path that folds', () => fetch(url('/files/%2e%2e/%2e%2e/admin'), { headers }), 404, 'not_found'],
    [
      'an account’s administration',
      () => fetch(url('/organization/users'), { headers }),
      404,
      'operation_not_supported',
    ],
    [
      'a form that is none',
      () =>
        fetch(url('/audio/transcriptions'), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
          body: 'no form',
        }),
      400,
      'invalid_form',
    ],
    [
      'a form that is too large',
      () =>
        fetch(url('/audio/transcriptions'), { method: 'POST', headers, body: formWith('x'.repeat(500_000)) }),
      413,
      'request_too_large',
    ],
    [
      'an unknown model',
      () =>
        fetch(url('/images/generations'), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: '{"model":"nobody/x"}',
        }),
      404,
      'model_not_found',
    ],
    [
      'a surface nobody has',
      () =>
        fetch(url('/rerank'), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: '{"query":"x"}',
        }),
      404,
      'operation_not_supported',
    ],
  ];

  test.each(cases)('%s', async (_what, ask, status, code) => {
    const before = first.requests.length + second.requests.length;
    const response = await ask();
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      status,
      code,
    ]);
    expect(first.requests.length + second.requests.length).toBe(before);
  });
});
