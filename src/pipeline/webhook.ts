/** Messages to an operator's address: sent beside all calls, few at a time, tried again a little, and then given up with a line of the log. */
import type { Log } from '../telemetry/log.ts';
import { Exchange, type UpstreamLimits } from '../upstream/exchange.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import type { Transport } from '../upstream/transport.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly transport: Transport;
  readonly limits?: UpstreamLimits;
  /** Before each further try, milliseconds. */
  readonly pausesMs?: readonly number[];
}

const usualLimits: UpstreamLimits = {
  connectMs: 5000,
  firstByteMs: 10_000,
  idleMs: 10_000,
  maxReplyBytes: 64 << 10,
};
const usualPausesMs = [1000, 10_000];
/** More at once are not sent: whoever does not answer must not fill the memory. */
const maxUnderWay = 16;

export class Webhook {
  readonly #options: WebhookOptions;
  #underWay = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  send(message: object): void {
    if (this.#underWay >= maxUnderWay) {
      this.#giveUp('too many are under way');
      return;
    }
    this.#underWay++;
    void this.#deliver(JSON.stringify(message)).finally(() => {
      this.#underWay--;
    });
  }

  async #deliver(body: string): Promise<void> {
    const { wheel, pausesMs = usualPausesMs } = this.#options;
    let reason = '';
    for (const pauseMs of [0, ...pausesMs]) {
      if (pauseMs > 0) await new Promise<void>((resolve) => wheel.schedule(pauseMs, resolve));
      try {
        const status = await this.#post(body);
        if (status < 300) return;
        reason = `status ${status}`;
      } catch (thrown) {
        reason = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
    this.#giveUp(reason);
  }

  async #post(body: string): Promise<number> {
    const { url, wheel, transport, limits = usualLimits } = this.#options;
    const headers = { 'content-type': 'application/json' };
    const request = { provider: 'webhook', transport, method: 'POST', url, headers };
    const exchange = new Exchange(wheel, limits, request);
    try {
      return exchange.opened(await exchange.send(body)).status;
    } catch (thrown) {
      throw exchange.failed(thrown);
    } finally {
      exchange.close();
    }
  }

  #giveUp(reason: string): void {
    this.#options.log.event('error', 'webhook.failed', { reason });
  }
}
