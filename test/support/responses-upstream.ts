/** An upstream that answers Responses calls over plain HTTP, always as a stream; the model's name says how. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Body = { model: string; input: unknown[]; stream: boolean; previous_response_id?: string } & Record<
  string,
  unknown
>;

export interface ResponsesCall {
  readonly path: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Body;
  gone: boolean;
  sentBytes: number;
}

export interface ResponsesUpstream {
  /** With the version. */
  readonly url: string;
  readonly calls: readonly ResponsesCall[];
  last(model: string): ResponsesCall | undefined;
  /** Connections open now. */
  open(): Promise<number>;
  stop(): Promise<void>;
}

const usage = {
  input_tokens: 5,
  input_tokens_details: { cached_tokens: 1 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 8,
};

function messageOf(text: string, nth: number) {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { type: 'message', id: `msg_${nth}`, role: 'assistant', status: 'completed', content };
}

function responseOf(model: string, nth: number, output: object[], status = 'completed') {
  return {
    id: `resp_up_${nth}`,
    object: 'response',
    created_at: 1767225600,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: status === 'completed' ? usage : null,
    x_vendor: { kept: [null, 1.5] },
  };
}

/** The events of a response that says `text`. */
export function eventsOf(model: string, nth: number, text: string, before: object[] = []): object[] {
  const item = messageOf(text, nth);
  const at = { item_id: item.id, output_index: before.length, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  const begun = responseOf(model, nth, [], 'in_progress');
  return [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...before.flatMap((thing, output_index) => [
      { type: 'response.output_item.added', output_index, item: thing },
      { type: 'response.output_item.done', output_index, item: thing },
    ]),
    {
      type: 'response.output_item.added',
      output_index: at.output_index,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part },
    { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: { ...part, text } },
    { type: 'response.output_item.done', output_index: at.output_index, item },
    { type: 'response.completed', response: responseOf(model, nth, [...before, item]) },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
}

const wire = (event: object) =>
  `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`;

function play(reply: ServerResponse, call: ResponsesCall, nth: number): void {
  const { model } = call.body;
  const status = Number(/^gpt-refuse-(\d+)$/.exec(model)?.[1] ?? 0);
  if (status > 0) {
    reply.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' });
    const error = { message: 'not today', type: 'invalid_request_error', param: 'input', code: 'nope' };
    reply.end(JSON.stringify({ error }));
    return;
  }
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = eventsOf(model, nth, `turn ${nth}`);
  const begin = () => reply.write(events.slice(0, 5).map(wire).join(''));
  if (model === 'gpt-stall') begin();
  else if (model === 'gpt-slow') {
    begin();
    setTimeout(() => reply.end(events.slice(5).map(wire).join('')), 700);
  } else if (model === 'gpt-cut') {
    begin();
    setTimeout(() => reply.destroy(), 50);
  } else if (model === 'gpt-flat-error') {
    begin();
    reply.end(
      wire({ type: 'error', code: 'server_error', message: 'it broke', param: null, sequence_number: 5 }),
    );
  } else if (model === 'gpt-reason') {
    const sealed = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' };
    const open = { type: 'reasoning', id: 'rs_2', summary: [] };
    reply.end(eventsOf(model, nth, 'thought', [sealed, open]).map(wire).join(''));
  } else if (model === 'gpt-endless') {
    begin();
    const delta = wire({
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: 'x'.repeat(60_000),
      logprobs: [],
    });
    const more = () => {
      while (!reply.destroyed && call.sentBytes < 256 << 20) {
        call.sentBytes += delta.length;
        if (!reply.write(delta)) return void reply.once('drain', more);
      }
    };
    more();
  } else reply.end(events.map(wire).join(''));
}

/** A chat completion that says how many messages it was given, for providers that speak nothing else. */
function chat(reply: ServerResponse, { messages }: Body): void {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };
  const choice = (delta: object, finish_reason: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason }],
  });
  const events = [
    choice({ role: 'assistant', content: `heard ${Array.isArray(messages) ? messages.length : 0}` }, null),
    choice({}, 'stop'),
    { ...head, choices: [], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } },
  ];
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  reply.end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`);
}

export async function startResponsesUpstream(): Promise<ResponsesUpstream> {
  const calls: ResponsesCall[] = [];
  const server = createServer((request, reply) => {
    let text = '';
    request.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    request.on('end', () => {
      const body = JSON.parse(text) as Body;
      const { url: path = '', headers } = request;
      const call: ResponsesCall = { path, headers, body, gone: false, sentBytes: 0 };
      calls.push(call);
      reply.on('close', () => {
        call.gone = !reply.writableFinished;
      });
      if (path === '/v1/chat/completions') chat(reply, body);
      else play(reply, call, calls.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    last: (model) => calls.findLast(({ body }) => body.model === model),
    open: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
