/** A client on a bare TCP connection: sends exactly the bytes it is told to and keeps all that come back. */
import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far, one byte a character. */
  heard(): string;
  send(text: string): void;
  /** Resolves with everything received once the other side has closed, or rejects after the guard. */
  closed(guardMs?: number): Promise<string>;
  /** Resolves once what has been received satisfies the condition or the connection has closed. */
  heardUntil(enough: (heard: string) => boolean, guardMs?: number): Promise<string>;
  hangUp(): void;
}

export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  socket.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    ended = true;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  const heard = () => Buffer.concat(parts).toString('latin1');
  const wait = (done: () => boolean, guardMs: number) =>
    new Promise<string>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(guard);
        waiting.delete(check);
        settle();
      };
      const check = () => {
        if (ended || done()) finish(() => resolve(heard()));
      };
      const guard = setTimeout(
        () => finish(() => reject(new Error(`nothing more came: ${JSON.stringify(heard().slice(-200))}`))),
        guardMs,
      );
      waiting.add(check);
      check();
    });
  return {
    socket,
    heard,
    send: (text) => {
      socket.write(text, 'latin1');
    },
    closed: (guardMs = 10_000) => wait(() => false, guardMs),
    heardUntil: (enough, guardMs = 10_000) => wait(() => enough(heard()), guardMs),
    hangUp: () => socket.destroy(),
  };
}

export interface RawReply {
  readonly status: number;
  /** Status line and header lines. */
  readonly head: string;
  /** As on the wire: a chunked body keeps its chunk sizes. */
  readonly body: string;
}

export function parseReply(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: end < 0 ? '' : text.slice(end + 4),
  };
}

/** One request on a connection of its own; it has to make the server close, with `Connection: close` or by its faults. */
export async function exchange(port: number, request: string, guardMs?: number): Promise<RawReply> {
  const connection = await openConnection(port);
  connection.send(request);
  try {
    return parseReply(await connection.closed(guardMs));
  } finally {
    connection.hangUp();
  }
}
