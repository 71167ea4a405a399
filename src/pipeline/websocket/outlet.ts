/**
 * The way out to one client: tells when it is full, so that whoever fills it can wait; pings; and gives up on a client that
 * neither reads nor answers.
 */
import type { Deadline, TimerWheel } from '../../upstream/timer-wheel.ts';
import type { ClientSocket } from './client-socket.ts';

/** Bytes that may wait for a slow reader before the other side has to. */
export const fullBytes = 1 << 20;
/** Below this there is room again. */
export const roomBytes = 1 << 18;

export interface OutletOptions {
  readonly wheel: TimerWheel;
  readonly heartbeatMs: number;
  /** How long a client may refuse to read, or say nothing at all, pings included. */
  readonly clientStallMs: number;
  /** The client counts as gone. */
  readonly onGone: () => void;
  /** With each ping. */
  readonly onBeat?: () => void;
}

export class Outlet {
  readonly #socket: ClientSocket;
  readonly #options: OutletOptions;
  readonly #beat: Deadline;
  #heardAtMs = performance.now();
  #stall: Deadline | undefined;
  #waiting: (() => void)[] = [];
  #goodbye: { readonly code: number; readonly reason: string } | undefined;
  #over = false;
  /** Nothing is read from the client at present, so that it cannot be heard. */
  isDeaf = false;

  constructor(socket: ClientSocket, options: OutletOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#beat = options.wheel.schedule(options.heartbeatMs, () => this.#ping());
  }

  send(message: string | Uint8Array): void {
    if (this.#over || this.#goodbye !== undefined) return;
    this.#socket.send(message);
    if (this.isFull) this.#watch();
  }

  get isFull(): boolean {
    return !this.#over && this.#socket.getBufferedAmount() > fullBytes;
  }

  /** When there is room again, or never will be. */
  room(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  drained(): void {
    const left = this.#socket.getBufferedAmount();
    this.#stall?.cancel();
    this.#stall = undefined;
    if (left > 0 && (left > roomBytes || this.#goodbye !== undefined)) this.#watch();
    if (left <= roomBytes) this.#release();
    if (left === 0 && this.#goodbye !== undefined) this.#leave();
  }

  alive(): void {
    this.#heardAtMs = performance.now();
  }

  /** After all that waits: the runtime would give a slow reader only seconds. */
  close(code: number, reason: string): void {
    if (this.#over || this.#goodbye !== undefined) return;
    this.#goodbye = { code, reason };
    if (this.#socket.getBufferedAmount() === 0) this.#leave();
    else this.#watch();
  }

  /** The connection is over, whoever ended it. */
  end(): void {
    this.#over = true;
    this.#beat.cancel();
    this.#stall?.cancel();
    this.#release();
  }

  #leave(): void {
    const { code, reason } = this.#goodbye ?? { code: 1000, reason: '' };
    this.end();
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  #watch(): void {
    const { wheel, clientStallMs } = this.#options;
    this.#stall ??= wheel.schedule(clientStallMs, () => this.#giveUp());
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  #giveUp(): void {
    if (this.#over) return;
    this.end();
    this.#socket.terminate();
    this.#options.onGone();
  }

  #ping(): void {
    const { wheel, heartbeatMs, clientStallMs, onBeat } = this.#options;
    if (this.#over) return;
    if (this.isDeaf) this.alive();
    if (performance.now() - this.#heardAtMs > clientStallMs + heartbeatMs) {
      this.#giveUp();
      return;
    }
    wheel.reschedule(this.#beat, heartbeatMs);
    this.#socket.ping();
    onBeat?.();
  }
}
