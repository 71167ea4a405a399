/** An upstream that keeps objects of any kind on loopback: made, listed page by page, shown and deleted, as both APIs do it. */

interface Kept {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface ObjectUpstream {
  /** With the version. */
  readonly url: string;
  /** Method, path and query below the version, in order. */
  readonly requests: readonly string[];
  readonly bodies: readonly string[];
  /** Makes an object behind the gateway's back. */
  make(collection: string, fields?: Record<string, unknown>): string;
  stop(): Promise<void>;
}

const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };

/** Without its last segment where that is an id: `made0…` is in all of them. */
function split(path: string): { collection: string; id: string | undefined; below: string } {
  const segments = path.split('/').filter((segment) => segment !== '');
  const at = segments.findIndex((segment) => segment.includes('made0'));
  if (at === -1) return { collection: segments.join('/'), id: undefined, below: '' };
  return {
    collection: segments.slice(0, at).join('/'),
    id: segments[at],
    below: segments.slice(at + 1).join('/'),
  };
}

/** `nextId`: what the ids of this upstream are made of; two that count alike mint the same ids. */
export function startObjectUpstream(nextId = () => crypto.randomUUID().replaceAll('-', '')): ObjectUpstream {
  const requests: string[] = [];
  const bodies: string[] = [];
  /** By collection, the newest first. */
  const kept = new Map<string, Kept[]>();
  const make = (collection: string, fields: Record<string, unknown> = {}): string => {
    const word = collection.split('/').at(-1)?.replace(/e?s$/, '') ?? 'object';
    const id = `${word}_made0${nextId()}`;
    kept.set(collection, [{ id, object: word, ...fields }, ...(kept.get(collection) ?? [])]);
    return id;
  };
  const page = (collection: string, query: URLSearchParams, isAnthropic: boolean) => {
    const all = kept.get(collection) ?? [];
    const limit = Number(query.get('limit') ?? 20);
    const [after, before] = isAnthropic ? ['after_id', 'before_id'] : ['after', 'before'];
    const place = (cursor: string) => all.findIndex(({ id }) => id === query.get(cursor));
    const start = query.has(after) ? place(after) + 1 : 0;
    const data = query.has(before)
      ? all.slice(Math.max(0, place(before) - limit), place(before))
      : all.slice(start, start + limit);
    const more = query.has(before) ? place(before) > limit : start + limit < all.length;
    const ends = { has_more: more, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return isAnthropic ? { data, ...ends } : { object: 'list', data, ...ends };
  };
  /** Of `gpt-slow` the end comes a second after the beginning. */
  const respond = (request: { stream?: boolean; model?: string }): Response => {
    const id = make('responses');
    const container = make('containers');
    const output = [
      { type: 'code_interpreter_call', id: `ci_${id}`, container_id: container, status: 'completed' },
      { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content: [] },
    ];
    const response = {
      id,
      object: 'response',
      created_at: 1,
      status: 'completed',
      model: 'm',
      output,
      usage,
    };
    if (request.stream !== true) return Response.json(response);
    const events = ['created', 'completed'].map((what, at) => {
      const type = `response.${what}`;
      const told =
        what === 'created' ? { ...response, status: 'in_progress', output: [], usage: null } : response;
      return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: at, response: told })}\n\n`;
    });
    const headers = { 'content-type': 'text/event-stream' };
    if (request.model !== 'gpt-slow') return new Response(events.join(''), { headers });
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(events[0] ?? ''));
        await Bun.sleep(1000);
        controller.enqueue(Buffer.from(events[1] ?? ''));
        controller.close();
      },
    });
    return new Response(body, { headers });
  };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search, searchParams } = new URL(request.url);
      const path = pathname.slice('/v1'.length);
      if (path === '/models') return Response.json({ object: 'list', data: [] });
      const body = await request.text();
      requests.push(`${request.method} ${path}${search}`);
      bodies.push(body);
      const type = request.headers.get('content-type') ?? '';
      const json = type.includes('json') && body !== '' ? (JSON.parse(body) as Record<string, unknown>) : {};
      const isAnthropic = request.headers.has('anthropic-version');
      const { collection, id, below } = split(path);
      if (collection === 'responses' && id === undefined && request.method === 'POST') return respond(json);
      if (collection === 'chat/completions' && request.method === 'POST')
        return Response.json({
          id: make('chat/completions'),
          object: 'chat.completion',
          created: 1,
          model: 'm',
          choices: [
            {
              index: 0,
              message: {
                role: 'assistant',
                content: 'hi',
                ...(json.audio !== undefined && { audio: { id: make('audio'), data: 'AA==' } }),
              },
              finish_reason: 'stop',
            },
          ],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        });
      if (id === undefined && request.method === 'GET')
        return Response.json(page(collection, searchParams, isAnthropic));
      if (id === undefined) {
        const file = collection === 'batches' ? { output_file_id: make('files') } : {};
        const made = make(collection, file);
        return Response.json(kept.get(collection)?.find((object) => object.id === made));
      }
      const found = kept.get(collection)?.find((object) => object.id === id);
      if (found === undefined)
        return Response.json(
          { error: { message: 'gone', type: 'invalid_request_error', param: null, code: 'gone' } },
          { status: 404 },
        );
      if (request.method === 'DELETE' && below === '') {
        kept.set(collection, kept.get(collection)?.filter((object) => object.id !== id) ?? []);
        return Response.json({ id, deleted: true });
      }
      // Known only once the batch has run.
      if (collection === 'batches' && below === '' && request.method === 'GET')
        return Response.json({ ...found, error_file_id: make('files') });
      if (below === 'complete')
        return Response.json({ ...found, file: { id: make('files'), object: 'file' } });
      return Response.json(below === '' ? found : { object: 'list', data: [], below });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, requests, bodies, make, stop: () => server.stop(true) };
}
