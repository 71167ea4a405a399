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
}

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

  /** `send` takes what JSON can say, and keeps the order. */
  constructor(send: (message: unknown) => void, handlers: Handlers) {
    this.#send = send;
    this.#handlers = handlers;
  }

  /** Rejects with what the other end threw, or with `storage_unavailable` when it is gone. */
  ask<Name extends keyof Questions>(
    name: Name,
    asked: Questions[Name]['asked'],
  ): Promise<Questions[Name]['answer']> {
    if (this.#isCut) return Promise.reject(gone());
    const question = ++this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<Questions[Name]['answer']>();
    this.#waiting.set(question, { resolve, reject });
    this.#put([name, asked, question]);
    return promise;
  }

  tell<Name extends keyof News>(name: Name, news: News[Name]): void {
    this.#put([name, news]);
  }

  /** A message of the other end's. */
  receive(message: unknown): void {
    for (const entry of message as readonly Entry[]) this.#take(entry);
    this.#flush();
  }

  /** The other end is gone. */
  cut(): void {
    this.#isCut = true;
    this.#out = [];
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
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
    if (typeof third !== 'object') waiting?.resolve(payload as never);
    else {
      const { code, message, param, headers, limit } = third;
      waiting?.reject(new GatewayError(code, message, { param: param ?? undefined, headers, limit }));
    }
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
