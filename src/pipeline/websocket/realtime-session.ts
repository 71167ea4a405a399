/**
 * One realtime session: messages both ways, untouched, each side at the pace of the other. What waits for either is bounded;
 * past that the one that sends is no longer read.
 */
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import { incomplete, tooLarge } from '../../core/upstream-failure.ts';
import type { Usage } from '../../core/usage.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { type Provider, scrub } from '../../providers/provider.ts';
import type { SocketMessage, UpstreamSocket } from '../../upstream/socket.ts';
import type { Deadline, TimerWheel } from '../../upstream/timer-wheel.ts';
import type { Admission } from '../admission.ts';
import type { CallContext } from '../call-context.ts';
import { clientClosed } from '../relay.ts';
import type { ClientSocket, SocketSession } from './client-socket.ts';
import { fullBytes, Outlet, roomBytes } from './outlet.ts';
import { RealtimeMeter } from './realtime-meter.ts';

export interface RealtimeOptions {
  readonly call: CallContext;
  readonly admission: Pick<Admission, 'extend'>;
  readonly upstream: UpstreamSocket;
  readonly provider: Provider;
  readonly family: Dialect;
  readonly wheel: TimerWheel;
  readonly heartbeatMs: number;
  readonly clientStallMs: number;
  /** How long an upstream may refuse to read, or say nothing at all, pings included. */
  readonly idleMs: number;
  readonly maxMessageBytes: number;
}

/** The upstream's socket does not say when there is room again: it is asked. */
const askMs = 50;

/** Whether a session that ended with this code ended as sessions do. */
function isPeaceful(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005 || code >= 3000;
}

function bytesOf(message: SocketMessage): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength;
}

export class RealtimeSession implements SocketSession {
  readonly #options: RealtimeOptions;
  readonly #meter: RealtimeMeter;
  #client: ClientSocket | undefined;
  #outlet: Outlet | undefined;
  #asking: Deadline | undefined;
  #over = false;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.#meter = new RealtimeMeter(options.family);
  }

  opened(client: ClientSocket): void {
    const { wheel, heartbeatMs, clientStallMs, upstream } = this.#options;
    this.#client = client;
    if (this.#over) {
      client.close(1008, '');
      return;
    }
    this.#outlet = new Outlet(client, {
      wheel,
      heartbeatMs,
      clientStallMs,
      onGone: () => this.closed(1006, ''),
      onBeat: () => this.#beat(),
    });
    upstream.listen({
      heard: (message) => this.#pass(message),
      closed: (code, reason) => this.#upstreamClosed(code, reason),
    });
  }

  heard(message: SocketMessage): void {
    const { upstream } = this.#options;
    this.#outlet?.alive();
    if (this.#over) return;
    upstream.send(message);
    if (upstream.waitingBytes > fullBytes && this.#asking === undefined) this.#holdClient();
  }

  ponged(): void {
    this.#outlet?.alive();
  }

  drained(): void {
    this.#outlet?.drained();
  }

  closed(code: number, reason: string): void {
    this.#outlet?.end();
    if (this.#over) return;
    this.#end(code === 1006 ? clientClosed(reason) : undefined);
    this.#options.upstream.close(code === 1006 ? 1001 : code, code === 1006 ? '' : reason);
  }

  /** The key is good no longer, or its budget has no more: told in an event of the API's own, since few clients read why a socket was closed. */
  revoke(why: GatewayError): void {
    const error = this.#options.call.voice.writeError(why);
    this.#outlet?.send(JSON.stringify({ type: 'error', event_id: newRequestId(), ...error }));
    this.#break(1008, why.message, why);
  }

  leave(): void {
    this.#break(1012, 'The gateway is restarting.', undefined);
  }

  #pass(message: SocketMessage): void {
    const { call, provider, upstream, maxMessageBytes } = this.#options;
    const outlet = this.#outlet;
    if (this.#over || outlet === undefined) return;
    call.firstByteAtMs ??= performance.now();
    // A character is three bytes at most.
    if (message.length * 3 > maxMessageBytes && bytesOf(message) > maxMessageBytes) {
      const error = tooLarge(provider.name, 'one message', maxMessageBytes);
      this.#break(1009, error.message, error);
      return;
    }
    const used = typeof message === 'string' ? this.#meter.observe(message) : undefined;
    outlet.send(typeof message === 'string' ? scrub(provider, message) : message);
    if (used !== undefined) this.#goOn(used);
    if (!outlet.isFull || upstream.isPaused) return;
    upstream.pause();
    void outlet.room().then(() => upstream.resume());
  }

  /** What was used is held until the session ends; where the budget has no more, the session does. */
  #goOn(used: Usage): void {
    const { admission, call } = this.#options;
    const end = (thrown: unknown) => {
      if (!this.#over) this.revoke(toGatewayError(thrown));
    };
    try {
      admission.extend(call, used)?.catch(end);
    } catch (thrown) {
      end(thrown);
    }
  }

  /** The client is not read until the upstream has taken what waits for it. */
  #holdClient(): void {
    const { upstream, wheel, idleMs, provider } = this.#options;
    this.#client?.pause();
    if (this.#outlet !== undefined) this.#outlet.isDeaf = true;
    let least = upstream.waitingBytes;
    let movedAtMs = performance.now();
    const ask = () => {
      this.#asking = undefined;
      if (this.#over) return;
      const waiting = upstream.waitingBytes;
      if (waiting <= roomBytes) {
        if (this.#outlet !== undefined) this.#outlet.isDeaf = false;
        this.#client?.resume();
        return;
      }
      if (waiting < least) movedAtMs = performance.now();
      least = Math.min(least, waiting);
      if (performance.now() - movedAtMs <= idleMs) {
        this.#asking = wheel.schedule(askMs, ask);
        return;
      }
      const message = `The provider '${provider.name}' took nothing for ${idleMs} ms.`;
      this.#break(1013, message, new GatewayError('upstream_timeout', message));
    };
    this.#asking = wheel.schedule(askMs, ask);
  }

  #beat(): void {
    const { upstream, idleMs, heartbeatMs, provider } = this.#options;
    upstream.ping();
    // While the client is slow the upstream is not read, so that it cannot be heard.
    if (upstream.isPaused || performance.now() - upstream.heardAtMs <= idleMs + heartbeatMs) return;
    const message = `The provider '${provider.name}' fell silent for ${idleMs} ms.`;
    this.#break(1011, message, new GatewayError('upstream_timeout', message));
  }

  #upstreamClosed(code: number, reason: string): void {
    const { provider } = this.#options;
    if (this.#over) return;
    if (code === 1006) {
      const error = incomplete(provider.name, reason === '' ? undefined : reason);
      this.#break(1011, error.message, error);
      return;
    }
    const said = scrub(provider, reason);
    const told = said === '' ? `${code}` : `${code}: ${said}`;
    const error = isPeaceful(code)
      ? undefined
      : new GatewayError('upstream_incomplete', `The provider '${provider.name}' ended the session: ${told}`);
    this.#end(error, code, said);
  }

  /** Ends both sides. */
  #break(code: number, reason: string, error: GatewayError | undefined): void {
    if (this.#over) return;
    // First, since a close is heard of before it returns.
    this.#end(error, code, reason);
    this.#options.upstream.close(error === undefined ? 1001 : 1000, '');
  }

  /** The client is told of the end, with `code`, once the record of the session is kept; not at all where it is gone. */
  #end(error: GatewayError | undefined, code?: number, reason = ''): void {
    this.#over = true;
    this.#asking?.cancel();
    const { call } = this.#options;
    const { usage } = this.#meter;
    if (error !== undefined) call.status = error.status;
    const kept = call.end(usage === undefined ? {} : { usage }, error);
    if (code === undefined) return;
    if (kept === undefined) this.#outlet?.close(code, reason);
    else
      kept.then(
        () => this.#outlet?.close(code, reason),
        (thrown: unknown) => this.#outlet?.close(1011, toGatewayError(thrown).message),
      );
  }
}
