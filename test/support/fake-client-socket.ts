/** A client's socket that takes only what a test tells it to take, and writes down what it is told. */
import type { ClientSocket } from '../../src/pipeline/websocket/client-socket.ts';

export class FakeClientSocket implements ClientSocket {
  waiting = 0;
  isPaused = false;
  readonly messages: (string | Uint8Array)[] = [];
  /** Pings and endings. */
  readonly said: string[] = [];

  send(message: string | Uint8Array): void {
    this.waiting += message.length;
    this.messages.push(message);
  }
  getBufferedAmount(): number {
    return this.waiting;
  }
  ping(): void {
    this.said.push('ping');
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  close(code: number, reason: string): void {
    this.said.push(`close ${code} ${reason}`);
  }
  terminate(): void {
    this.said.push('terminate');
  }
}
