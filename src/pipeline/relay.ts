/**
 * Moves a stream from the upstream to the client, chunk by chunk through a step, at the client's pace. A silent upstream
 * is covered by comments; a failed one ends in an error event; a client that leaves takes the upstream with it.
 *
 * The loop is one bound callback instead of `async`/`await`: a suspended function costs each open stream some kilobytes.
 */
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Observation, StreamStep } from '../dialects/dialect.ts';
import type { Exchange } from '../upstream/exchange.ts';
import type { Deadline, Due, TimerWheel } from '../upstream/timer-wheel.ts';
import type { BodySink } from '../upstream/transport.ts';
import { PassedText } from './passed-text.ts';

/** The same for every stream. */
export interface RelayOptions {
  readonly wheel: TimerWheel;
  readonly heartbeatMs: number;
  /** How long a client may refuse to read before it counts as gone. */
  readonly clientStallMs: number;
}

/** What the relay itself has to say to the client. */
export interface RelayVoice {
  /** An error as the last event of the client's stream; undefined where only a broken connection can tell. */
  fail(error: GatewayError): string | Uint8Array | undefined;
  /** Sent while the upstream is silent; absent where the client's wire form has nothing it would skip. */
  readonly heartbeat?: string | undefined;
}

/** Told once, when all but the last is sent, or the stream is given up. */
export interface StreamRecord {
  /**
   * `passed`: what the client has been sent. A promise where the last must not be sent before it resolves; where it rejects,
   * that error is sent in its place.
   */
  streamEnded(
    observation: Observation,
    error: GatewayError | undefined,
    passed: PassedText,
  ): Promise<void> | undefined;
}

/** Bun's stream controller of type `direct`: a write that meets a full socket answers with a promise. */
interface DirectController {
  write(data: Uint8Array | string): number | Promise<number>;
  flush(): void;
  end(): void;
}

/** Lives as long as its stream, thousands at a time: it holds the parts themselves, no closures over what made them. */
export class Relay implements BodySink, Due {
  readonly #options: RelayOptions;
  readonly #exchange: Exchange;
  readonly #step: StreamStep;
  readonly #voice: RelayVoice;
  readonly #record: StreamRecord;
  /** Chunks read before the relay began; let go when they are sent. */
  #first: readonly Uint8Array[];
  readonly #heartbeat: Deadline;
  #controller: DirectController | undefined;
  #finish: () => void = () => {};
  #break: (error: GatewayError) => void = () => {};
  readonly #passed = new PassedText();
  #over = false;
  /** What says to the client that its reply is whole: sent once the record of the call is kept. */
  #last: readonly (Uint8Array | string)[] = [];
  #isGone = false;

  constructor(
    exchange: Exchange,
    first: readonly Uint8Array[],
    step: StreamStep,
    voice: RelayVoice,
    record: StreamRecord,
    options: RelayOptions,
  ) {
    this.#exchange = exchange;
    this.#first = first;
    this.#step = step;
    this.#voice = voice;
    this.#record = record;
    this.#options = options;
    this.#heartbeat = options.wheel.schedule(options.heartbeatMs, this);
  }

  body(): ReadableStream<Uint8Array> {
    const source = {
      type: 'direct',
      pull: (controller: DirectController) => this.#start(controller),
      cancel: () => this.abandon(clientClosed()),
    };
    return new ReadableStream(source as unknown as Bun.UnderlyingSource<Uint8Array>);
  }

  /** The client is gone. */
  abandon(error: GatewayError): void {
    this.#isGone = true;
    if (this.#over) return;
    this.#exchange.close(this);
    this.#end(this.#step.observed(), error, '');
  }

  /** The call is to end, and the client to be told why. */
  breakOff(error: GatewayError): void {
    if (!this.#over) this.#fail(error);
  }

  #start(controller: DirectController): Promise<void> {
    if (this.#over) {
      controller.end();
      return Promise.resolve();
    }
    this.#controller = controller;
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#break = reject;
      const first = this.#first;
      this.#first = [];
      for (const chunk of first) if (!this.#over) this.chunk(chunk);
      if (!this.#over) this.#exchange.flow(this);
    });
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#exchange.progressed();
    let written: number | Promise<number> | undefined;
    try {
      written = this.#pass(bytes);
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
      return;
    }
    if (this.#step.isOver) this.end();
    else if (written instanceof Promise) this.#holdBack(written);
  }

  end(): void {
    if (!this.#over) this.#complete();
  }

  failed(thrown: unknown): void {
    if (!this.#over) this.#fail(this.#exchange.failed(thrown));
  }

  /** While the client's socket is full nothing is read, and the silence that follows is not the upstream's. */
  #holdBack(written: Promise<number>): void {
    const { wheel, clientStallMs } = this.#options;
    const exchange = this.#exchange;
    exchange.pause();
    const stalled = wheel.schedule(clientStallMs, () => this.abandon(clientClosed()));
    const goOn = () => {
      stalled.cancel();
      if (!this.#over) exchange.resume();
    };
    written.then(goOn, goOn);
  }

  #pass(chunk: Uint8Array): number | Promise<number> | undefined {
    // Before the step, which may write into the chunk.
    this.#passed.note(chunk);
    const out = this.#step.push(chunk);
    if (out === undefined) return undefined;
    this.#heartbeat.postpone(this.#options.heartbeatMs);
    if (!this.#step.isOver) return this.#controller?.write(out);
    this.#last = [out];
    return undefined;
  }

  #complete(): void {
    const step = this.#step;
    const exchange = this.#exchange;
    if (step.isOver) exchange.leave();
    else exchange.finished();
    let end: ReturnType<StreamStep['end']>;
    try {
      end = step.end();
    } catch (thrown) {
      this.#fail(toGatewayError(thrown));
      return;
    }
    const { text, error, isTold, ...observation } = end;
    if (text.length > 0) this.#last = [...this.#last, text];
    this.#end(observation, error, error && (isTold === true ? '' : this.#voice.fail(error)));
  }

  #fail(error: GatewayError): void {
    this.#exchange.close(this);
    this.#end(this.#step.observed(), error, this.#voice.fail(error));
  }

  /** It has been silent for so long that the connection might be taken for dead. */
  due(): void {
    if (this.#over) return;
    this.#options.wheel.reschedule(this.#heartbeat, this.#options.heartbeatMs);
    const { heartbeat } = this.#voice;
    if (heartbeat === undefined) return;
    this.#controller?.write(heartbeat);
    this.#controller?.flush();
  }

  /** `said`: the error in the client's own words, empty for a client that hears nothing; undefined breaks the connection off. */
  #end(observation: Observation, error?: GatewayError, said?: string | Uint8Array): void {
    this.#over = true;
    this.#heartbeat.cancel();
    const kept = this.#record.streamEnded(observation, error, this.#passed);
    if (kept === undefined || this.#isGone) {
      this.#close(error, said);
      return;
    }
    kept.then(
      () => this.#close(error, said),
      (thrown: unknown) => {
        const failure = toGatewayError(thrown);
        this.#last = [];
        this.#close(failure, this.#voice.fail(failure));
      },
    );
  }

  #close(error?: GatewayError, said?: string | Uint8Array): void {
    if (!this.#isGone) {
      for (const piece of this.#last) this.#controller?.write(piece);
      if (said !== undefined && said.length > 0) this.#controller?.write(said);
    }
    this.#last = [];
    if (error !== undefined && said === undefined) this.#break(error);
    else this.#controller?.end();
    this.#finish();
  }
}

/** `why`: what the runtime says of it, if anything. */
export function clientClosed(why = ''): GatewayError {
  return new GatewayError('client_closed_request', 'The client hung up.', {
    cause: why === '' ? undefined : why,
  });
}
