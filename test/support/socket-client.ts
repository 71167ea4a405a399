/** A WebSocket client that keeps all it hears, for tests that await what comes. */
import { eventually } from './eventually.ts';

export interface SocketClient {
  readonly socket: WebSocket;
  readonly heard: (string | Buffer)[];
  /** Code and reason, once closed. */
  readonly ended: () => { code: number; reason: string } | undefined;
  /** The nth message, counted from 0. */
  message(nth: number): Promise<string | Buffer>;
  close(): Promise<{ code: number; reason: string }>;
}

/** Rejects with the runtime's message when the handshake is refused. */
export async function openSocket(url: string, options: Bun.WebSocketOptions = {}): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  const heard: (string | Buffer)[] = [];
  let ended: { code: number; reason: string } | undefined;
  socket.onmessage = ({ data }) => heard.push(data as string | Buffer);
  socket.addEventListener('close', ({ code, reason }) => {
    ended = { code, reason };
  });
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(new Error(event.message));
  });
  socket.onerror = null;
  const closed = () => eventually(() => ended, 'the close');
  return {
    socket,
    heard,
    ended: () => ended,
    message: (nth) => eventually(() => heard[nth], `message ${nth}`),
    close: async () => {
      socket.close(1000);
      return await closed();
    },
  };
}
