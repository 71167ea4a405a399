/**
 * One session of the Responses API: each `response.create` is a call of its own on the way every call takes, its events
 * go back one a message. One response at a time.
 */
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import { type JsonObject, parseObject } from '../../core/json.ts';
import type { Caller, Origin } from '../../identity/caller.ts';
import type { InferenceEndpoint } from '../call-context.ts';
import type { Pipeline } from '../index.ts';
import type { OpenCall, OpenCalls } from '../open-calls.ts';
import { type BodyLimits, readText } from '../read-body.ts';
import type { StreamOptions } from '../streamed-reply.ts';
import type { ClientSocket, SocketSession } from './client-socket.ts';
import { Outlet } from './outlet.ts';
import { errorFrame, inLane, warmUpEvents } from './response-frames.ts';
import { type Asking, ResponseHistory } from './response-history.ts';
import { type Connection, requestFor } from './response-request.ts';
import { ResponseStream } from './response-stream.ts';

export interface ResponseSessionOptions {
  readonly pipeline: Pipeline;
  readonly endpoint: InferenceEndpoint;
  readonly connection: Connection;
  /** Of the connection; it stays the same for all of its responses. */
  readonly origin: Origin;
  readonly body: BodyLimits;
  readonly stream: StreamOptions;
  readonly caller: Caller | undefined;
  readonly openCalls: OpenCalls;
}

const laneName = /^[A-Za-z0-9_.-]{1,256}$/;
/** Of the session, not of the request. */
const sessionKeys: ReadonlySet<string> = new Set(['type', 'stream_id', 'generate', 'stream']);
const noKeys: ReadonlySet<string> = new Set();

/** Throws `invalid_type`: a lane that cannot be said back is none. */
function laneOf(json: JsonObject): string | undefined {
  const lane = json.stream_id ?? undefined;
  if (lane === undefined || (typeof lane === 'string' && laneName.test(lane))) return lane;
  throw new GatewayError(
    'invalid_type',
    "'stream_id' must be 1 to 256 letters, digits, dots, dashes or underscores.",
    {
      param: 'stream_id',
    },
  );
}

export class ResponseSession implements SocketSession, OpenCall {
  readonly #options: ResponseSessionOptions;
  readonly #history: ResponseHistory;
  #client: ClientSocket | undefined;
  #outlet: Outlet | undefined;
  /** The response under way. */
  #running: AbortController | undefined;
  #isLeaving = false;
  #revokedBy: GatewayError | undefined;
  #over = false;

  constructor(options: ResponseSessionOptions) {
    this.#options = options;
    this.#history = new ResponseHistory(options.body.maxBodyBytes);
  }

  opened(client: ClientSocket): void {
    const { wheel, heartbeatMs, clientStallMs } = this.#options.stream;
    const { openCalls, caller } = this.#options;
    const onGone = () => this.closed();
    this.#client = client;
    this.#outlet = new Outlet(client, { wheel, heartbeatMs, clientStallMs, onGone });
    openCalls.add(caller, this);
  }

  heard(message: string | Uint8Array): void {
    this.#outlet?.alive();
    if (this.#over) return;
    let lane: string | undefined;
    try {
      if (typeof message !== 'string')
        throw new GatewayError('invalid_json', 'Messages here are JSON, as text.');
      const { json } = readText(message, this.#options.body.maxDepth, noKeys);
      lane = laneOf(json);
      this.#take(json, lane, message.length);
    } catch (thrown) {
      this.#refuse(toGatewayError(thrown), lane);
    }
    this.#holdWhileFull();
  }

  ponged(): void {
    this.#outlet?.alive();
  }

  drained(): void {
    this.#outlet?.drained();
  }

  closed(): void {
    const { openCalls, caller } = this.#options;
    this.#over = true;
    openCalls.remove(caller, this);
    this.#outlet?.end();
    this.#running?.abort();
  }

  /** A response under way may end first. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#running === undefined) this.#outlet?.close(1012, 'The gateway is restarting.');
  }

  /** A response under way has been told for itself, as the call it is. */
  revoke(why: GatewayError): void {
    if (this.#over || this.#revokedBy !== undefined) return;
    this.#revokedBy = why;
    if (this.#running !== undefined) return;
    this.#refuse(why, undefined);
    this.#goAway();
  }

  #goAway(): void {
    this.#outlet?.close(1008, this.#revokedBy?.message ?? '');
  }

  /** Who does not read the answers is not asked for more. */
  #holdWhileFull(): void {
    const outlet = this.#outlet;
    if (outlet?.isFull !== true || outlet.isDeaf) return;
    outlet.isDeaf = true;
    this.#client?.pause();
    void outlet.room().then(() => {
      outlet.isDeaf = false;
      if (!this.#over) this.#client?.resume();
    });
  }

  #take(json: JsonObject, lane: string | undefined, bytes: number): void {
    if (json.type !== 'response.create')
      throw new GatewayError(
        'invalid_type',
        `A message here is a 'response.create', not '${String(json.type)}'.`,
        {
          param: 'type',
        },
      );
    if (json.background === true)
      throw new GatewayError(
        'unsupported_value',
        'A response over a WebSocket cannot run in the background.',
        {
          param: 'background',
        },
      );
    if (this.#running !== undefined)
      throw new GatewayError('response_in_progress', 'A response is under way on this connection.', {
        param: lane === undefined ? undefined : 'stream_id',
      });
    const body = Object.fromEntries(Object.entries(json).filter(([key]) => !sessionKeys.has(key)));
    const asking = this.#history.expand(body);
    if (json.generate === false) this.#warmUp(asking, body, lane, bytes);
    else void this.#respond(asking, lane, bytes);
  }

  #warmUp(asking: Asking, body: JsonObject, lane: string | undefined, bytes: number): void {
    const id = `resp_${Bun.randomUUIDv7().replaceAll('-', '')}`;
    this.#history.remember(id, asking, [], bytes);
    for (const event of warmUpEvents(id, Math.floor(Date.now() / 1000), body))
      this.#outlet?.send(inLane(JSON.stringify(event), lane));
  }

  async #respond(asking: Asking, lane: string | undefined, bytes: number): Promise<void> {
    const { pipeline, endpoint, connection, origin } = this.#options;
    const running = new AbortController();
    this.#running = running;
    try {
      const request = requestFor(connection, { ...asking.body, stream: true }, running.signal);
      const peer = { ...origin, request, keepOpen: () => {} };
      const response = await pipeline(endpoint, peer);
      const type = response.headers.get('content-type') ?? '';
      if (response.status === 200 && type.startsWith('text/event-stream')) {
        const answer = await this.#relay(response, lane);
        if (answer !== undefined)
          this.#history.remember(answer.id, asking, answer.output, bytes + answer.bytes);
      } else {
        const { status, headers } = response;
        const read = parseObject(await response.text()) ?? {};
        this.#send(errorFrame({ status, body: read, headers }), lane);
      }
    } catch (thrown) {
      this.#refuse(toGatewayError(thrown), lane);
    } finally {
      this.#running = undefined;
      if (this.#revokedBy !== undefined) this.#goAway();
      else if (this.#isLeaving) this.leave();
    }
  }

  async #relay(response: Response, lane: string | undefined) {
    const stream = new ResponseStream(this.#options.stream.maxEventBytes);
    const reader = response.body?.getReader();
    const pass = async (frames: readonly string[]) => {
      for (const frame of frames) {
        this.#outlet?.send(inLane(frame, lane));
        if (this.#outlet?.isFull === true) await this.#outlet.room();
      }
    };
    try {
      for (;;) {
        const read = await reader?.read();
        if (read === undefined || read.done) break;
        await pass(stream.push(read.value));
      }
      await pass(stream.end());
    } finally {
      reader?.cancel().catch(() => {});
    }
    return stream.answer;
  }

  #refuse(error: GatewayError, lane: string | undefined): void {
    const { status } = error;
    const headers = new Headers({ ...error.headers, 'x-request-id': newRequestId() });
    this.#send(
      errorFrame({ status, body: this.#options.endpoint.dialect.listen.writeError(error), headers }),
      lane,
    );
  }

  #send(frame: JsonObject, lane: string | undefined): void {
    this.#outlet?.send(inLane(JSON.stringify(frame), lane));
  }
}
