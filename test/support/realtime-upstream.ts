/** An upstream with realtime sessions on loopback; the model's name says how it behaves. */
import type { ServerWebSocket } from 'bun';

export interface RealtimeCall {
  readonly path: string;
  readonly model: string;
  readonly headers: Record<string, string>;
  /** Messages heard, those of a flood only counted. */
  readonly heard: (string | Buffer)[];
  heardBytes: number;
  /** Bytes of a flood handed to the socket so far, less what still waits. */
  sentBytes: number;
  ended: { code: number; reason: string } | undefined;
}

export interface RealtimeUpstream {
  /** With the version. */
  readonly url: string;
  readonly calls: readonly RealtimeCall[];
  /** The last call for a model. */
  last(model: string): RealtimeCall | undefined;
  stop(): Promise<void>;
}

export const doneEvent = (input: number, output: number) =>
  JSON.stringify({
    type: 'response.done',
    event_id: 'event_1',
    response: {
      object: 'realtime.response',
      id: 'resp_1',
      status: 'completed',
      output: [],
      usage: {
        total_tokens: input + output,
        input_tokens: input,
        output_tokens: output,
        input_token_details: { text_tokens: 1, audio_tokens: input - 1, cached_tokens: 1 },
        output_token_details: { text_tokens: 1, audio_tokens: output - 1 },
      },
    },
  });

type Session = ServerWebSocket<RealtimeCall>;
const piece = Buffer.alloc(65_536, 0x61);
export const floodBytes = 256 << 20;

/** As a good sender does: no more than a megabyte waits. */
function flood(socket: Session): void {
  while (socket.readyState === 1 && socket.data.sentBytes < floodBytes) {
    if (socket.getBufferedAmount() > 1 << 20) return;
    socket.send(piece);
    socket.data.sentBytes += piece.length;
  }
}

const plays: Readonly<Record<string, (socket: Session, message: string | Buffer) => void>> = {
  echo: (socket, message) => socket.send(message),
  count: () => {},
  flood: (socket) => flood(socket),
  usage: (socket) => {
    socket.send(doneEvent(10, 4));
    socket.send('{"type":"response.done","response":null}');
    socket.send('not json, says "response.done"');
    socket.send(doneEvent(20, 6));
  },
  close: (socket, message) => socket.close(Number(message), 'as asked'),
  cut: (socket) => socket.terminate(),
  large: (socket, message) => socket.send('l'.repeat(Number(message))),
  key: (socket) =>
    socket.send(`{"type":"error","error":{"message":"bad ${socket.data.headers.authorization}"}}`),
};

export function startRealtimeUpstream(tls?: { key: string; cert: string }): RealtimeUpstream {
  const calls: RealtimeCall[] = [];
  const server = Bun.serve<RealtimeCall>({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls && { tls }),
    async fetch(request, self) {
      const { pathname, search, searchParams } = new URL(request.url);
      const model = searchParams.get('model') ?? '';
      const call: RealtimeCall = {
        path: pathname + search,
        model,
        headers: request.headers.toJSON(),
        heard: [],
        heardBytes: 0,
        sentBytes: 0,
        ended: undefined,
      };
      calls.push(call);
      const status = Number(/^gpt-refuse-(\d+)$/.exec(model)?.[1] ?? 0);
      if (status > 0) return Response.json({ error: { message: 'no' } }, { status });
      if (model === 'gpt-stall') await Bun.sleep(20_000);
      return self.upgrade(request, { data: call }) ? undefined : new Response('no', { status: 400 });
    },
    websocket: {
      idleTimeout: 0,
      backpressureLimit: 0,
      maxPayloadLength: 64 << 20,
      open(socket) {
        if (socket.data.model === 'gpt-greet')
          for (const nth of [1, 2, 3]) socket.send(`{"greeting":${nth}}`);
        if (socket.data.model === 'gpt-deaf') socket.pause();
      },
      message(socket, message) {
        const call = socket.data;
        call.heardBytes += message.length;
        if (call.heardBytes < 1 << 20) call.heard.push(message);
        plays[call.model.replace('gpt-', '')]?.(socket, message);
      },
      drain(socket) {
        if (socket.data.model === 'gpt-flood') flood(socket);
      },
      close(socket, code, reason) {
        socket.data.ended = { code, reason };
      },
    },
  });
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}/v1`,
    calls,
    last: (model) => calls.findLast((call) => call.model === model),
    stop: () => server.stop(true),
  };
}
