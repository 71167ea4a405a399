/**
 * One end of the channel between a worker and its owner. All that comes up in one turn of the event loop goes out as one
 * message, however much it is; what can be answered at once is answered in one message, too.
 */
import { type ErrorCode, GatewayError, type RefusingLimit, toGatewayError } from '../core/errors.ts';
import type { Handlers, News, Questions } from './protocol.ts';

interface ErrorText {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly limit: RefusingLimit | undefined;
}

/** News have a name and a payload, questions a number too; answers have a number first, failures an error after it. */
type Entry =
  | readonly [name: string, payload: unknown]
  | readonly [name: string, payload: unknown, question: number]
  | readonly [question: number, answer: unknown]
  | readonly [question: number, answer: null, failure: ErrorText];

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (failure: GatewayError) => void;
  readonly late: ((answer: never) => void) | undefined;
  /** How often it was found waiting. */
  seen: number;
}

/** How long an answer may take; it is looked at ten times meanwhile. */
const usualPatienceMs = 10_000;
const looks = 10;

type AnyHandler = ((payload: unknown) => unknown) | undefined;

function errorText(thrown: unknown): ErrorText {
  const { code, message, param, headers, limit } = toGatewayError(thrown);
  return { code, message, param, headers, limit };
}

export class Wire {
  readonly #send: (message: unknown) => void;
  readonly #handlers: Handlers;
  readonly #waiting = new Map<number, Waiting>();
  #out: Entry[] = [];
  #isScheduled = false;
  #asked = 0;
  #isCut = false;
  readonly #patienceMs: number;
  #watch: ReturnType<typeof setInterval> | undefined;
  /** The other end let a question wait for too long, and has not been heard of since. */
  #isSilent = false;

  /** `send` takes what JSON can say, and keeps the order. */
  constructor(
    send: (message: unknown) => void,
    handlers: Handlers,
    { patienceMs = usualPatienceMs }: { readonly patienceMs?: number } = {},
  ) {
    this.#patienceMs = patienceMs;
    this.#send = send;
    this.#handlers = handlers;
  }

  /**
   * Rejects with what the other end threw, or with `storage_unavailable` when it is gone or does not answer; `late` is given an
   * answer that comes after that.
   */
  ask<Name extends keyof Questions>(
    name: Name,
    asked: Questions[Name]['asked'],
    late?: (answer: Questions[Name]['answer']) => void,
  ): Promise<Questions[Name]['answer']> {
    if (this.#isCut) return Promise.reject(gone());
    if (this.#isSilent) return Promise.reject(silent());
    const question = ++this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<Questions[Name]['answer']>();
    this.#waiting.set(question, { resolve, reject, late, seen: 0 });
    this.#watch ??= setInterval(() => this.#look(), this.#patienceMs / looks);
    this.#put([name, asked, question]);
    return promise;
  }

  tell<Name extends keyof News>(name: Name, news: News[Name]): void {
    this.#put([name, news]);
  }

  /** A message of the other end's. */
  receive(message: unknown): void {
    this.#isSilent = false;
    for (const entry of message as readonly Entry[]) this.#take(entry);
    this.#flush();
  }

  /** The other end is gone. */
  cut(): void {
    this.#isCut = true;
    this.#out = [];
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
    clearInterval(this.#watch);
  }

  #take(entry: Entry): void {
    const [first, payload, third] = entry;
    if (typeof first === 'string') {
      const handle = this.#handlers[first as keyof Handlers] as AnyHandler;
      if (typeof third === 'number') this.#answer(third, handle, payload);
      else handle?.(payload);
      return;
    }
    const waiting = this.#waiting.get(first);
    this.#waiting.delete(first);
    if (waiting !== undefined && waiting.seen > looks) {
      if (typeof third !== 'object') waiting.late?.(payload as never);
      return;
    }
    if (typeof third !== 'object') waiting?.resolve(payload as never);
    else {
      const { code, message, param, headers, limit } = third;
      waiting?.reject(new GatewayError(code, message, { param: param ?? undefined, headers, limit }));
    }
  }

  #look(): void {
    for (const waiting of this.#waiting.values()) {
      if (++waiting.seen !== looks + 1) continue;
      this.#isSilent = true;
      waiting.reject(silent());
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #answer(question: number, handle: AnyHandler, payload: unknown): void {
    const failed = (thrown: unknown) => this.#put([question, null, errorText(thrown)]);
    try {
      const answer = handle?.(payload);
      if (answer instanceof Promise) answer.then((later: unknown) => this.#put([question, later]), failed);
      else this.#put([question, answer]);
    } catch (thrown) {
      failed(thrown);
    }
  }

  #put(entry: Entry): void {
    if (this.#isCut) return;
    this.#out.push(entry);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const out = this.#out;
    this.#out = [];
    this.#send(out);
  }
}

function gone(): GatewayError {
  return new GatewayError('storage_unavailable', 'The process that keeps the counts is gone.');
}

function silent(): GatewayError {
  return new GatewayError('storage_unavailable', 'The process that keeps the counts does not answer.');
}
