/**
 * The connection to Redis for what a call waits for: scripts by their digest, no queue while it is away, and no patience with one
 * that has gone silent.
 */
import type { Redis } from 'ioredis';
import { GatewayError } from '../../core/errors.ts';
import { StorageRefused } from '../storage-refused.ts';
import type { RedisAddress } from './address.ts';
import { type ScriptName, scriptNames, scriptText } from './counting-scripts.ts';

export interface RedisLinkOptions {
  readonly address: RedisAddress;
  /** What all keys begin with: gateways that count together share it. */
  readonly namespace: string;
  /** How long Redis may be silent while something is asked. */
  readonly timeoutMs: number;
  /** Called on each new connection, before anything else is sent: what has to be agreed on first. */
  readonly enter: (link: RedisLink) => Promise<void>;
  /** Called once it is open again. */
  readonly opened: (link: RedisLink) => void;
  /** Told once when it is away, and why, as far as is known. */
  readonly onAway?: ((reason: string) => void) | undefined;
  readonly onBack?: (() => void) | undefined;
}

/** It was not even sent; of any other failure it is unknown whether the script ran. */
export class NotSent extends GatewayError {}

/** More than this unanswered means that it does not keep up, whatever it answers now. */
const mostPending = 10_000;

/** As it stands at the end of a message. */
function sentence(reason: string): string {
  return `${reason.replace(/[\s.]+$/, '')}.`;
}

function fieldOf(info: string, name: string): string {
  return new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1] ?? '';
}

/** It is not who it should be, or this user may not do what is needed: the same will be so the next time. */
function isHopeless(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (/^(?:WRONGPASS|NOAUTH|NOPERM|ERR The user executing the script) /.test(thrown.message)) return true;
  return 'code' in thrown && /CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL/.test(String(thrown.code));
}

/** Why it cannot count; undefined where it can. */
function refusalOf(info: string): string | undefined {
  const mode = fieldOf(info, 'redis_mode');
  if (mode === 'cluster')
    return 'it runs in cluster mode, where a script reaches the keys of one node alone, and another node may take them over at any time: use a Redis of its own, without `cluster-enabled`.';
  if (mode === 'sentinel') return 'it is a sentinel, which keeps no data: name the Redis it watches.';
  return undefined;
}

export class RedisLink {
  readonly #redis: Redis;
  readonly #options: RedisLinkOptions;
  readonly #digests: ReadonlyMap<ScriptName, string>;
  readonly #watch: Timer;
  /** Of this life of Redis: what an earlier one left on disk may be older than what is known. */
  #prefix = '';
  #isOpen = false;
  #isClosing = false;
  #isAway = false;
  #reason = 'the connection was closed';
  /** Why it will not do, as long as it is set up as it is. */
  #refusal: string | undefined;
  #pending = 0;
  /** When something last went forward, on the clock that never goes back. */
  #movedAtMs = 0;
  #connectedAtMs: number | undefined;

  private constructor(redis: Redis, options: RedisLinkOptions) {
    this.#redis = redis;
    this.#options = options;
    const digest = (name: ScriptName) => new Bun.CryptoHasher('sha1').update(scriptText(name)).digest('hex');
    this.#digests = new Map(scriptNames.map((name) => [name, digest(name)]));
    redis.on('error', (thrown: Error) => {
      this.#reason = thrown.message;
      if (isHopeless(thrown)) this.#refusal = sentence(thrown.message);
    });
    redis.on('connect', () => {
      this.#connectedAtMs = performance.now();
    });
    redis.on('ready', () => void this.#enter());
    redis.on('close', () => {
      this.#isOpen = false;
      this.#connectedAtMs = undefined;
      this.#tellAway();
    });
    this.#watch = setInterval(() => this.#look(), Math.max(10, options.timeoutMs / 4));
    this.#watch.unref();
  }

  /**
   * Resolves once it is open, or after `timeoutMs` without: it goes on trying. Rejects with StorageRefused where trying again is of
   * no use.
   */
  static async connect(options: RedisLinkOptions): Promise<RedisLink> {
    const { Redis: Client } = await import('ioredis');
    const { description: _, ...address } = options.address;
    const redis = new Client({
      ...address,
      lazyConnect: true,
      // What is asked first says as much.
      enableReadyCheck: false,
      // What cannot be sent now fails now, and nothing is sent twice.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(25 * times, 500),
      connectTimeout: Math.max(1000, options.timeoutMs),
      // A Redis that is frozen would never close its side.
      disconnectTimeout: 50,
      disableClientInfo: true,
      // Another has taken over, and this one only follows it.
      reconnectOnError: ({ message: said }) => said.startsWith('READONLY'),
      protocol: 2,
      noDelay: true,
    });
    const link = new RedisLink(redis, options);
    redis.connect().catch(() => undefined);
    const giveUpAtMs = performance.now() + options.timeoutMs;
    while (!link.isOpen && link.#refusal === undefined && performance.now() < giveUpAtMs) await Bun.sleep(5);
    const refusal = link.#refusal;
    if (refusal === undefined) return link;
    link.close();
    const refused = new StorageRefused(refusal);
    refused.place = options.address.description;
    throw refused;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rejects with `storage_unavailable`; unless it is NotSent, the script may have run. */
  async run(name: ScriptName, args: readonly string[]): Promise<unknown> {
    if (!this.#isOpen) throw new NotSent('storage_unavailable', message('is not connected'));
    if (this.#pending >= mostPending) throw new NotSent('storage_unavailable', message('does not keep up'));
    return await this.send(name, args);
  }

  /** For `enter`, while it is not open. */
  async send(name: ScriptName, args: readonly string[]): Promise<unknown> {
    const digest = this.#digests.get(name) ?? '';
    if (this.#pending++ === 0) this.#movedAtMs = performance.now();
    try {
      return await this.#redis.evalsha(digest, 1, this.#prefix, ...args);
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.message.startsWith('NOSCRIPT')))
        throw unavailable('does not answer', thrown);
    } finally {
      this.#pending--;
      this.#movedAtMs = performance.now();
    }
    return await this.#sendText(name, args);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#isClosing = true;
    this.#isOpen = false;
    this.#redis.disconnect();
  }

  /** The scripts were flushed; this brings them back. */
  async #sendText(name: ScriptName, args: readonly string[]): Promise<unknown> {
    try {
      return await this.#redis.eval(scriptText(name), 1, this.#prefix, ...args);
    } catch (thrown) {
      throw unavailable('does not answer', thrown);
    }
  }

  async #enter(): Promise<void> {
    try {
      const info = await this.#redis.info('server');
      this.#refusal = refusalOf(info);
      if (this.#refusal !== undefined) throw new Error(this.#refusal);
      const runId = fieldOf(info, 'run_id');
      this.#prefix = `{${this.#options.namespace}}:${runId}:`;
      await Promise.all(scriptNames.map((name) => this.#redis.script('LOAD', scriptText(name))));
      await this.#options.enter(this);
      this.#isOpen = true;
      if (this.#isAway) this.#options.onBack?.();
      this.#isAway = false;
      this.#reason = 'the connection was closed';
      this.#options.opened(this);
    } catch (thrown) {
      const cause = thrown instanceof GatewayError ? thrown.cause : thrown;
      this.#reason = cause instanceof Error ? cause.message : String(cause);
      if (isHopeless(cause)) this.#refusal = sentence(this.#reason);
      this.#redis.disconnect(true);
    }
  }

  #tellAway(): void {
    if (this.#isAway || this.#isClosing) return;
    this.#isAway = true;
    this.#options.onAway?.(this.#reason);
  }

  /** Ends a connection on which nothing moves; with it, all that waits. */
  #look(): void {
    const nowMs = performance.now();
    const { timeoutMs } = this.#options;
    const isStuck = this.#pending > 0 && nowMs - this.#movedAtMs > timeoutMs;
    const isLate =
      !this.#isOpen && this.#connectedAtMs !== undefined && nowMs - this.#connectedAtMs > 4 * timeoutMs;
    if (!isStuck && !isLate) return;
    this.#reason = 'it does not answer';
    this.#isOpen = false;
    this.#movedAtMs = nowMs;
    this.#connectedAtMs = undefined;
    this.#redis.disconnect(true);
  }
}

function message(what: string): string {
  return `Calls cannot be counted: Redis ${what}.`;
}

function unavailable(what: string, cause: unknown): GatewayError {
  return new GatewayError('storage_unavailable', message(what), { cause });
}
