/** Opens many streams at once with bare sockets, so that the client costs little, and counts what arrives. */
import type { Subject } from './subject.ts';

export interface Streams {
  readonly bytes: () => number;
  /** How many have received at least one event. */
  readonly flowing: () => number;
  /** How many have received the closing [DONE]. */
  readonly finished: () => number;
  /** How many have received the end of their body, whatever it held. */
  readonly closed: () => number;
  readonly close: () => void;
}

interface State {
  seen: boolean;
  done: boolean;
  closed: boolean;
}

export async function openStreams(subject: Subject, count: number): Promise<Streams> {
  const request = Buffer.from(
    [
      `POST ${subject.path} HTTP/1.1`,
      `host: 127.0.0.1:${subject.port}`,
      ...Object.entries(subject.headers).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(subject.body)}`,
      '',
      subject.body,
    ].join('\r\n'),
  );
  let bytes = 0;
  let flowing = 0;
  let finished = 0;
  let closed = 0;
  const sockets: Bun.Socket<State>[] = [];
  for (let i = 0; i < count; i++) {
    const socket = await Bun.connect<State>({
      hostname: '127.0.0.1',
      port: subject.port,
      data: { seen: false, done: false, closed: false },
      socket: {
        data(from, chunk) {
          bytes += chunk.length;
          if (!from.data.seen && chunk.includes('data: ')) {
            from.data.seen = true;
            flowing++;
          }
          // The last event is the shortest: only a small tail is searched.
          if (!from.data.done && chunk.subarray(-40).includes('[DONE]')) {
            from.data.done = true;
            finished++;
          }
          // The last chunk of a chunked body.
          if (!from.data.closed && chunk.subarray(-7).includes('0\r\n\r\n')) {
            from.data.closed = true;
            closed++;
          }
        },
      },
    });
    socket.write(request);
    sockets.push(socket);
  }
  return {
    bytes: () => bytes,
    flowing: () => flowing,
    finished: () => finished,
    closed: () => closed,
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** Polls until the count is reached; false when the deadline came first. */
export async function reached(count: () => number, target: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (count() < target) {
    if (Date.now() > deadline) return false;
    await Bun.sleep(5);
  }
  return true;
}
