/** An upstream that offers OpenAI's platform on loopback: says back what it was sent, and keeps files. */
export interface PlatformUpstream {
  /** With the version. */
  readonly url: string;
  readonly requests: readonly {
    method: string;
    path: string;
    headers: Record<string, string>;
    bytes: number;
  }[];
  stop(): Promise<void>;
}

async function formFields(request: Request): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const [name, value] of await request.formData())
    fields[name] = typeof value === 'string' ? value : `${value.name}: ${Bun.hash(await value.bytes())}`;
  return fields;
}

/** Promises more bytes than it sends. */
function cutSpeech(): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(new Uint8Array(1000));
      await Bun.sleep(50);
      controller.error(new Error('cut'));
    },
  });
  return new Response(body, { headers: { 'content-type': 'audio/mpeg' } });
}

function speech(): Response {
  const bytes = new Uint8Array(300_000).map((_, at) => at % 251);
  return new Response(bytes, {
    headers: { 'content-type': 'audio/mpeg', 'content-length': String(bytes.length) },
  });
}

export function startPlatformUpstream(name: string): PlatformUpstream {
  const requests: PlatformUpstream['requests'][number][] = [];
  const files = new Map<string, Uint8Array>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    maxRequestBodySize: 1 << 30,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const path = pathname.slice('/v1'.length);
      const copy = request.clone();
      const bytes = (await copy.bytes()).byteLength;
      requests.push({
        method: request.method,
        path: path + search,
        headers: request.headers.toJSON(),
        bytes,
      });
      const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };
      if (path === '/audio/transcriptions')
        return Response.json({ text: JSON.stringify(await formFields(request)), usage });
      if (path === '/audio/speech')
        return ((await request.json()) as { voice: string }).voice === 'cut' ? cutSpeech() : speech();
      if (path === '/images/generations')
        return Response.json({
          created: 1,
          data: [{ b64_json: 'AA==' }],
          usage,
          model: ((await request.json()) as { model: string }).model,
        });
      if (path === '/moderations')
        return Response.json({ id: 'modr-1', model: 'omni', results: [{ flagged: false }] });
      if (path === '/files' && request.method === 'POST') {
        const file = (await request.formData()).get('file') as File;
        const id = `file-${name}${crypto.randomUUID().replaceAll('-', '')}`;
        files.set(id, await file.bytes());
        return Response.json({ id, object: 'file', bytes: file.size, filename: file.name, purpose: 'batch' });
      }
      const [, , id = ''] = path.split('/');
      const file = files.get(id);
      if (path.startsWith('/files/') && file !== undefined) {
        if (path.endsWith('/content'))
          return new Response(file, { headers: { 'content-type': 'application/octet-stream' } });
        if (request.method === 'DELETE') return Response.json({ id, object: 'file', deleted: true });
        return Response.json({ id, object: 'file', bytes: file.length });
      }
      const error = {
        message: `No such object at ${name}: ${path}`,
        type: 'invalid_request_error',
        param: null,
        code: 'gone',
      };
      return Response.json({ error }, { status: 404 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, requests, stop: () => server.stop(true) };
}
