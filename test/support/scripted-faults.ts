/** The scripted upstream's faults by the last part of the model's name: refusals, silence and broken replies. */

export interface FaultCall {
  readonly model: string;
  readonly stream: boolean;
  /** What the upstream was sent as its credential: a careless provider repeats it in its messages. */
  readonly authorization: string;
}

interface Refusal {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly headers?: Record<string, string>;
}

const invalid = { type: 'invalid_request_error', param: null } as const;
const rateHeaders = {
  'retry-after': '7',
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '0',
};

export const refusals: Record<string, Refusal> = {
  '400': {
    message: 'Temperature 3 is above the maximum.',
    ...invalid,
    param: 'temperature',
    code: 'too_hot',
  },
  '400-echo': { message: 'Bad request from {key}.', ...invalid, code: 'echo' },
  '401': { message: 'Incorrect API key provided: {key}.', ...invalid, code: 'invalid_api_key' },
  '403': {
    message: 'Country not supported.',
    type: 'request_forbidden',
    param: null,
    code: 'unsupported_country',
  },
  '404': { message: 'That deployment does not exist.', ...invalid, code: 'deployment_not_found' },
  '409': { message: 'The resource is locked.', ...invalid, code: 'locked' },
  '422': { message: 'messages[0] has no author.', ...invalid, param: 'messages', code: 'unprocessable' },
  '429': {
    message: 'Rate limit reached.',
    type: 'tokens',
    param: null,
    code: 'rate_limit_exceeded',
    headers: rateHeaders,
  },
  '500': { message: 'The server had an error.', type: 'server_error', param: null, code: null },
  '503': { message: 'The engine is overloaded.', type: 'server_error', param: null, code: 'overloaded' },
};

const jsonHeaders = { 'content-type': 'application/json' };
const sseHeaders = { 'content-type': 'text/event-stream; charset=utf-8' };
const forever = () => new Promise<never>(() => {});
const firstEvent = (model: string) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-scripted0001',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Half ' }, finish_reason: null }],
  })}\n\n`;

/** Sends the text, then goes on as `next` says: by returning it ends the body cleanly, by throwing it breaks it. */
function begin(text: string, headers: Record<string, string>, next: () => Promise<string>): Response {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const more = sent ? await next() : text;
      sent = true;
      if (more === '') controller.close();
      else controller.enqueue(new TextEncoder().encode(more));
    },
  });
  return new Response(body, { headers });
}

const afterOneEvent = (call: FaultCall, next: () => Promise<string>) =>
  call.stream
    ? begin(firstEvent(call.model), sseHeaders, next)
    : begin('{"id":"chatcmpl-scripted0001","cho', jsonHeaders, next);

/** Each text once, a moment apart, then the end of the body. */
function texts(...list: string[]): () => Promise<string> {
  return async () => {
    await Bun.sleep(20);
    return list.shift() ?? '';
  };
}

const errorBody = (message: string) => ({
  error: { message, type: 'server_error', param: null, code: 'engine_down' },
});
const errorEvent = (message: string) => texts(`data: ${JSON.stringify(errorBody(message))}\n\n`);

const faults: Record<string, (call: FaultCall) => Response | Promise<Response>> = {
  stall: forever,
  'stall-midstream': (call) => afterOneEvent(call, forever),
  'midstream-error': (call) => afterOneEvent(call, errorEvent('The model fell over.')),
  'midstream-echo': (call) => afterOneEvent(call, errorEvent(`Lost ${call.authorization}.`)),
  'midstream-truncated': (call) => afterOneEvent(call, texts()),
  'midstream-reset': (call) =>
    afterOneEvent(call, async () => {
      await Bun.sleep(20);
      throw new Error('the scripted upstream breaks the connection, as it should');
    }),
  'midstream-garbage': (call) => afterOneEvent(call, texts('data: {"id":"chatcmpl\n\n')),
  endless: (call) => {
    const event = firstEvent(call.model);
    return begin(event, sseHeaders, async () => {
      await Bun.sleep(20);
      return event;
    });
  },
  malformed: () => new Response('{"id":"chatcmpl-scripted0001","choices":[', { headers: jsonHeaders }),
  'malformed-html': () => new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } }),
  '200-error': (call) => Response.json(errorBody(`Sorry, ${call.authorization}.`)),
  '502-html': () =>
    new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
};

const faultOf = (model: string): string => model.replace(/^(gpt-)?scripted-/, '');

export function faultReply(call: FaultCall): Response | Promise<Response> | undefined {
  const name = faultOf(call.model);
  const refusal = refusals[name];
  if (!refusal) return faults[name]?.(call);
  const { headers = {}, message, ...rest } = refusal;
  const told = message.replace('{key}', call.authorization.replace('Bearer ', ''));
  return Response.json({ error: { message: told, ...rest } }, { status: Number.parseInt(name, 10), headers });
}
