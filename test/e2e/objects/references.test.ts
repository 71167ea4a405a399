/** Objects named anywhere in a request: in its body, its query, a form, its path in disguise; by a call or over a WebSocket. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ObjectStage, startObjectStage } from './stage.ts';

let stage: ObjectStage;
let ids: Record<string, string>;

beforeAll(async () => {
  stage = await startObjectStage();
  const made: Record<string, string> = {};
  for (const what of [
    'files',
    'conversations',
    'vector_stores',
    'containers',
    'batches',
    'evals',
    'uploads',
    'skills',
  ])
    made[what] = String((await stage.a('POST', `/v1/${what}`, {})).json.id);
  const { json } = await stage.a('POST', '/v1/responses', { model: 'gpt-4o', input: 'hi' });
  made.responses = String(json.id);
  made.items = String((json.output as { id: string }[])[1]?.id);
  made.tool = String((json.output as { container_id: string }[])[0]?.container_id);
  const batch = await stage.a('GET', `/v1/batches/${made.batches}`);
  made.output = String(batch.json.output_file_id);
  ids = made;
});
afterAll(() => stage.stop());

const respond = (more: object) => ['/v1/responses', { model: 'gpt-4o', input: 'hi', ...more }] as const;
const chat = (content: object) =>
  ['/v1/chat/completions', { model: 'gpt-4o', messages: [{ role: 'user', content: [content] }] }] as const;
const message = (more: object, content: object = { type: 'text', text: 'hi' }) =>
  [
    '/v1/messages',
    { model: 'claude-x', max_tokens: 5, messages: [{ role: 'user', content: [content] }], ...more },
  ] as const;

const bodies: [string, () => readonly [string, unknown]][] = [
  ['previous_response_id', () => respond({ previous_response_id: ids.responses })],
  ['conversation', () => respond({ conversation: ids.conversations })],
  ['conversation, as an object', () => respond({ conversation: { id: ids.conversations } })],
  [
    'input_file',
    () => respond({ input: [{ role: 'user', content: [{ type: 'input_file', file_id: ids.files }] }] }),
  ],
  ['item_reference', () => respond({ input: [{ type: 'item_reference', id: ids.items }] })],
  ['file_search', () => respond({ tools: [{ type: 'file_search', vector_store_ids: [ids.vector_stores] }] })],
  ['code_interpreter', () => respond({ tools: [{ type: 'code_interpreter', container: ids.containers }] })],
  [
    'a container a tool ran in',
    () => respond({ tools: [{ type: 'code_interpreter', container: ids.tool }] }),
  ],
  [
    'files of a container',
    () =>
      respond({ tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: [ids.files] } }] }),
  ],
  [
    'a prompt’s variables',
    () => respond({ prompt: { id: 'p', variables: { f: { type: 'input_file', file_id: ids.files } } } }),
  ],
  ['a file of a chat', () => chat({ type: 'file', file: { file_id: ids.files } })],
  [
    'a batch',
    () => ['/v1/batches', { input_file_id: ids.files, endpoint: '/v1/responses', completion_window: '24h' }],
  ],
  ['what came of a batch', () => ['/v1/batches', { input_file_id: ids.output }]],
  ['fine-tuning', () => ['/v1/fine_tuning/jobs', { model: 'gpt-4o', training_file: ids.files }]],
  ['a vector store', () => ['/v1/vector_stores', { file_ids: ['file-none012345', ids.files] }]],
  ['an eval’s source', () => ['/v1/evals', { data_source: { source: { type: 'file_id', id: ids.files } } }]],
  ['a field nobody has foreseen', () => ['/v1/files', { some: { where: [ids.files] } }]],
  [
    'an image to edit',
    () => ['/v1/images/edits', { model: 'gpt-image-1', images: [{ file_id: ids.files }] }],
  ],
  ['tokens counted', () => ['/v1/responses/input_tokens', { previous_response_id: ids.responses }]],
];

describe('in a body', () => {
  test.each(bodies)('%s', async (_what, make) => {
    const [path, body] = make();
    const before = stage.reached();
    const theirs = await stage.b('POST', path, body);
    expect([theirs.status, (theirs.json.error as { code: string } | undefined)?.code]).toEqual([
      404,
      'object_not_found',
    ]);
    expect(stage.reached()).toBe(before);
    // One id more that nobody made stands in one of them.
    if (!JSON.stringify(body).includes('none')) expect((await stage.a('POST', path, body)).status).toBe(200);
    expect((await stage.root('POST', path, body)).status).toBe(200);
  });

  test.each([
    ['a file nobody made', () => chat({ type: 'file', file: { file_id: 'file-unknown0123' } })],
    ['a response nobody made', () => respond({ previous_response_id: 'resp_unknown0123' })],
    [
      'a cache nobody made',
      () => [
        '/v1beta/models/gpt-4o:generateContent',
        { contents: [{ parts: [{ text: 'hi' }] }], cachedContent: 'cachedContents/x' },
      ],
    ],
  ] as [string, () => readonly [string, unknown]][])('%s', async (_what, make) => {
    const [path, body] = make();
    const before = stage.reached();
    expect((await stage.a('POST', path, body)).status).toBe(404);
    expect(stage.reached()).toBe(before);
  });

  test('what a caller calls its own things is no reference', async () => {
    const own = respond({
      metadata: { file_id: 'my-own-name', conversation_id: ids.conversations },
      tools: [
        {
          type: 'function',
          name: 'f',
          parameters: { type: 'object', properties: { file_id: { type: 'string' } } },
        },
      ],
      input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{"file_id":"mine-0123456"}' }],
    });
    expect((await stage.b('POST', ...own)).status).toBe(200);
  });

  test('of Anthropic', async () => {
    const version = { 'anthropic-version': '2023-06-01' };
    const { json } = await stage.a('POST', '/v1/files', {}, version);
    const file = String(json.id);
    const document = { type: 'document', source: { type: 'file', file_id: file } };
    const batch = { requests: [{ custom_id: 'a', params: message({}, document)[1] }] };
    for (const [path, body] of [message({}, document), ['/v1/messages/batches', batch]] as const) {
      const before = stage.reached();
      const { status, json: refused } = await stage.b('POST', path, body, version);
      expect([status, refused.error]).toMatchObject([404, { type: 'not_found_error' }]);
      expect(stage.reached()).toBe(before);
    }
    const before = stage.reached();
    expect((await stage.b('POST', ...message({ container: 'container_0123456789' }))).status).toBe(404);
    // What a tool was called with is its own.
    const used = { type: 'tool_use', id: 't', name: 'f', input: { file_id: 'mine-0123456789' } };
    expect(stage.reached()).toBe(before);
    await stage.b('POST', ...message({}, used));
    expect(stage.reached()).toBe(before + 1);
  });

  test('whatever the body’s type says', async () => {
    const text = JSON.stringify({ input_file_id: ids.files });
    const before = stage.reached();
    for (const type of [
      'text/plain',
      'application/x-json',
      'application/vnd.api+json',
      'APPLICATION/JSON',
      '',
    ])
      expect([type, (await stage.b('POST', '/v1/batches', text, { 'content-type': type })).status]).toEqual([
        type,
        404,
      ]);
    const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await stage.b('POST', '/v1/batches', `input_file_id=${ids.files}`, urlencoded)).status).toBe(404);
    expect((await stage.b('POST', '/v1/batches', `?${ids.files}!`, { 'content-type': 'x/y' })).status).toBe(
      404,
    );
    const form = new FormData();
    form.append('file_id', ids.files ?? '');
    const own = String((await stage.b('POST', '/v1/containers', {})).json.id);
    const reached = stage.reached();
    expect((await stage.b('POST', `/v1/containers/${own}/files`, form)).status).toBe(404);
    form.set('file_id', '');
    form.append('file_ids[]', ids.files ?? '');
    expect((await stage.b('POST', `/v1/containers/${own}/files`, form)).status).toBe(404);
    expect(stage.reached()).toBe(reached);
    expect(reached).toBe(before + 1);
  });

  test('said twice, so that one of them was not looked at', async () => {
    const twice = (path: string, own: string) => {
      const inner = `{"file_id":"${ids.files}","file_id":"${own}"}`;
      const text =
        path === '/v1/responses'
          ? `{"model":"gpt-4o","input":[{"role":"user","content":[{"type":"input_file",${inner.slice(1)}]}]}`
          : `{"some":${inner}}`;
      return stage.b('POST', path, text, { 'content-type': 'application/json' });
    };
    const own = String((await stage.b('POST', '/v1/files', {})).json.id);
    const before = stage.reached();
    for (const path of ['/v1/responses', '/v1/batches'])
      expect((await twice(path, own)).json.error).toMatchObject({ code: 'duplicate_key' });
    expect(stage.reached()).toBe(before);
  });

  test('spelled with escapes', async () => {
    const text = `{"model":"gpt-4o","input":"hi","previous\\u005fresponse\\u005fid":"${ids.responses}"}`;
    const before = stage.reached();
    const { status } = await stage.b('POST', '/v1/responses', text, { 'content-type': 'application/json' });
    expect([status, stage.reached()]).toEqual([404, before]);
  });

  test('as JSON inside of a form', async () => {
    const own = String((await stage.b('POST', '/v1/containers', {})).json.id);
    const form = new FormData();
    form.append('session', JSON.stringify({ tools: [{ vector_store_ids: [ids.vector_stores] }] }));
    const before = stage.reached();
    expect((await stage.b('POST', `/v1/containers/${own}/files`, form)).status).toBe(404);
    expect(stage.reached()).toBe(before);
  });

  test('the file that an upload becomes is its maker’s', async () => {
    const { json } = await stage.a('POST', `/v1/uploads/${ids.uploads}/complete`, {
      part_ids: ['part_0123456'],
    });
    const { id } = json.file as { id: string };
    expect((await stage.a('GET', `/v1/files/${id}`)).status).toBe(200);
    expect((await stage.b('GET', `/v1/files/${id}`)).status).toBe(404);
  });

  test('what was said aloud before', async () => {
    const ask = {
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
      audio: { voice: 'ash', format: 'wav' },
    };
    const { json } = await stage.a('POST', '/v1/chat/completions', ask);
    const [{ message: said } = { message: {} }] = json.choices as { message: object }[];
    const next = { ...ask, messages: [...ask.messages, said, { role: 'user', content: 'more' }] };
    expect((await stage.a('POST', '/v1/chat/completions', next)).status).toBe(200);
    const before = stage.reached();
    expect((await stage.b('POST', '/v1/chat/completions', next)).status).toBe(404);
    expect(stage.reached()).toBe(before);
  });

  test('thousands of them are looked up', async () => {
    const requests = Array.from({ length: 3000 }, (_, at) => ({ custom_id: `mine_${at}_0123456` }));
    expect((await stage.b('POST', '/v1/batches', { requests })).status).toBe(200);
    expect((await stage.b('POST', '/v1/batches', { requests: [...requests, ids.files] })).status).toBe(404);
  });

  test('that would read what everyone has stored', async () => {
    const before = stage.reached();
    for (const type of ['stored_completions', 'logs', 'responses'])
      for (const at of ['data_source_config', 'source'])
        expect((await stage.a('POST', '/v1/evals', { [at]: { type } })).json.error).toMatchObject({
          code: 'operation_not_supported',
        });
    expect(stage.reached()).toBe(before);
  });
});

describe('in the path or the query', () => {
  const disguises: [string, (id: string) => string][] = [
    ['percent-encoded', (id) => `/v1/files/%66${id.slice(1)}`],
    ['percent-encoded twice', (id) => `/v1/files/%2566${id.slice(1)}`],
    ['behind a double slash', (id) => `/v1/files//${id}`],
    ['behind an encoded slash', (id) => `/v1/files/%2f${id}`],
    ['behind an encoded backslash', (id) => `/v1/files/%5c${id}`],
    ['behind a dot', (id) => `/v1/files/%2e/${id}`],
    ['behind steps back', (id) => `/v1/files/x/%2e%2e/${id}`],
    ['behind two kinds of steps', (id) => `/v1/files/x%2f..%2f${id}`],
    ['with a NUL', (id) => `/v1/files/${id}%00`],
    ['with a dot behind', (id) => `/v1/files/${id}.`],
    ['with a blank behind', (id) => `/v1/files/${id}%20`],
    ['with a line feed behind', (id) => `/v1/files/${id}%0a`],
    ['with a slash behind', (id) => `/v1/files/${id}/`],
    ['with an encoded slash behind', (id) => `/v1/files/${id}%2f`],
    ['with an encoded question mark behind', (id) => `/v1/files/${id}%3fx`],
    ['with a semicolon behind', (id) => `/v1/files/${id};x=1`],
    ['in capitals', (id) => `/v1/files/${id.toUpperCase()}`],
    ['below one of one’s own', (id) => `/v1/vector_stores/OWN/files/${id}`],
    ['as an upload', (id) => `/v1/uploads/${id}`],
    ['as another’s cursor', (id) => `/v1/batches?after=${id}`],
    ['as a cursor in disguise', (id) => `/v1/files?aft%65r=%66${id.slice(1)}`],
    ['as any parameter', (id) => `/v1/files?some=${id}`],
    ['in a path nobody has foreseen', (id) => `/v1/safety/thing/${id}`],
  ];

  test.each(disguises)('%s', async (_what, disguise) => {
    const own = String((await stage.b('POST', '/v1/vector_stores', {})).json.id);
    const before = stage.reached();
    const path = disguise(ids.files ?? '').replace('OWN', own);
    expect([path, (await stage.b('GET', path)).status]).toEqual([path, 404]);
    expect(stage.reached()).toBe(before);
  });

  test.each(['%00', '.', '%20', '%0a', '%2f', '%5c', '%25', '%2e', '%2fx', '//x', '%c3%28'])(
    'nobody’s path has %s in it, not even root’s',
    async (what) => {
      const before = stage.reached();
      const { status, json } = await stage.root('GET', `/v1/files/${ids.files}${what}`);
      expect([status, (json.error as { code: string }).code]).toEqual([404, 'not_found']);
      expect(stage.reached()).toBe(before);
    },
  );

  test('what is checked is what is sent', async () => {
    const id = ids.files ?? '';
    expect((await stage.a('GET', `/v1/files/%66${id.slice(1)}/`)).status).toBe(200);
    expect(stage.openai.requests.at(-1)).toBe(`GET /files/${id}`);
    await stage.root('GET', '/v1/fine_tuning/checkpoints/ft%3Agpt%3Ax/permissions');
    expect(stage.openai.requests.at(-1)).toBe('GET /fine_tuning/checkpoints/ft%3Agpt%3Ax/permissions');
    await stage.root('GET', '/v1/files/ft:gpt:x');
    expect(stage.openai.requests.at(-1)).toBe('GET /files/ft:gpt:x');
  });
});

describe('stored responses', () => {
  const stored = async (stream: boolean) => {
    const { status, text } = await stage.a('POST', ...respond({ stream }));
    expect(status).toBe(200);
    return /"id":"(respons_made0[^"]+)"/.exec(text)?.[1] ?? '';
  };

  test.each([false, true])('streamed: %p', async (stream) => {
    const id = await stored(stream);
    const before = stage.reached();
    for (const [method, path] of [
      ['GET', `/v1/responses/${id}`],
      ['DELETE', `/v1/responses/${id}`],
      ['GET', `/v1/responses/${id}/input_items`],
      ['GET', `/v1/responses/${id}?stream=true`],
    ] as const)
      expect((await stage.b(method, path)).status).toBe(404);
    expect((await stage.b('POST', ...respond({ previous_response_id: id, stream }))).status).toBe(404);
    expect(
      (await stage.b('POST', ...respond({ input: [{ type: 'item_reference', id: `msg_${id}` }] }))).status,
    ).toBe(404);
    expect(stage.reached()).toBe(before);
    expect((await stage.a('GET', `/v1/responses/${id}/input_items`)).status).toBe(200);
    expect((await stage.a('POST', ...respond({ previous_response_id: id, stream }))).status).toBe(200);
    expect(
      (await stage.a('POST', ...respond({ input: [{ type: 'item_reference', id: `msg_${id}` }] }))).status,
    ).toBe(200);
  });

  test('are their team’s from the first event of a stream on', async () => {
    const response = await fetch(`${stage.gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.keyOf.a}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-slow', input: 'hi', stream: true }),
    });
    const reader = response.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(first).not.toContain('response.completed');
    const id = /"id":"(respons_made0[^"]+)"/.exec(first)?.[1] ?? '';
    expect((await stage.b('GET', `/v1/responses/${id}`)).status).toBe(404);
    expect((await stage.a('GET', `/v1/responses/${id}`)).status).toBe(200);
    while ((await reader?.read())?.done === false);
  });

  test('that are not stored are not remembered', async () => {
    const { json } = await stage.a('POST', ...respond({ store: false }));
    expect((await stage.a('GET', `/v1/responses/${json.id}`)).status).toBe(404);
  });

  test('chat completions where they are stored', async () => {
    const ask = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
    const { json: kept } = await stage.a('POST', '/v1/chat/completions', { ...ask, store: true });
    const { json: gone } = await stage.a('POST', '/v1/chat/completions', ask);
    expect((await stage.a('GET', `/v1/chat/completions/${kept.id}`)).status).toBe(200);
    expect((await stage.b('GET', `/v1/chat/completions/${kept.id}`)).status).toBe(404);
    expect((await stage.a('GET', `/v1/chat/completions/${gone.id}`)).status).toBe(404);
  });

  test('over a WebSocket', async () => {
    const say = async (key: string, message: object): Promise<Record<string, unknown>[]> => {
      const socket = new WebSocket(`${stage.gateway.url.replace('http', 'ws')}/v1/responses`, {
        headers: { authorization: `Bearer ${key}` },
      } as unknown as string[]);
      const heard: Record<string, unknown>[] = [];
      await new Promise<void>((resolve, reject) => {
        socket.onerror = () => reject(new Error('no socket'));
        socket.onopen = () =>
          socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-4o', input: 'hi', ...message }));
        socket.onmessage = ({ data }) => {
          const event = JSON.parse(String(data)) as Record<string, unknown>;
          heard.push(event);
          if (event.type === 'response.completed' || event.type === 'error') resolve();
        };
      });
      socket.close();
      return heard;
    };
    const { response } = (await say(stage.keyOf.a, {})).at(-1) as { response: { id: string } };
    const before = stage.reached();
    expect((await say(stage.keyOf.b, { previous_response_id: response.id })).at(-1)).toMatchObject({
      type: 'error',
      status: 404,
      error: { code: 'object_not_found' },
    });
    expect((await stage.b('GET', `/v1/responses/${response.id}`)).status).toBe(404);
    expect(stage.reached()).toBe(before);
    expect((await say(stage.keyOf.a, { previous_response_id: response.id })).at(-1)?.type).toBe(
      'response.completed',
    );
  });
});
