/** One connection that only listens: it hears of changes made elsewhere, and knows first when the database is gone or back. */
import type { ChangeFeed } from '../../identity/changes.ts';
import type { PostgresAddress } from './address.ts';
import { PostgresClient } from './client.ts';

const beatMs = 1000;
/** Silence after which the database counts as gone. */
const silenceMs = 3000;

export interface Watched {
  /** What else uses the database, and does not ask while it is away. */
  readonly client: PostgresClient;
  readonly changes: ChangeFeed;
  /** To be listened to; letters, digits and `_`. */
  readonly channel: string;
}

export class Watch {
  readonly #line: PostgresClient;
  readonly #watched: Watched;
  #isListening = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;

  private constructor(line: PostgresClient, watched: Watched) {
    this.#line = line;
    this.#watched = watched;
  }

  /** Rejects with `storage_unavailable` where the database cannot be listened to. */
  static async start(address: PostgresAddress, watched: Watched): Promise<Watch> {
    let lose = () => {};
    const line = await PostgresClient.create(address, {
      max: 1,
      onNotice: () => watched.changes.hear(),
      onClose: () => lose(),
    });
    const watch = new Watch(line, watched);
    lose = () => {
      const wasListening = watch.#isListening;
      watch.#lose();
      // It may be back already; a connection that was never there is tried again at the next beat.
      if (wasListening) watch.look();
    };
    try {
      await watch.#ask();
    } catch (thrown) {
      line.close();
      throw thrown;
    }
    watch.#schedule();
    return watch;
  }

  /** Something was lost: whether the database is there is asked now, not at the next beat. */
  look(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#beat();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#line.close();
  }

  #schedule(): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#beat(), beatMs);
  }

  #beat(): void {
    this.#round ??= this.#ask()
      .catch(() => {
        this.#lose();
        this.#watched.client.leave();
      })
      .finally(() => {
        this.#round = undefined;
        this.#schedule();
      });
  }

  async #ask(): Promise<void> {
    const { client, changes, channel } = this.#watched;
    this.#line.comeBack();
    const text = this.#isListening ? 'SELECT 1' : `LISTEN "${channel}"`;
    await this.#line.attempt(() => this.#line.run({ text, cells: [] }), silenceMs);
    client.comeBack();
    if (this.#isListening) return;
    this.#isListening = true;
    if (!changes.isDeaf) return;
    changes.isDeaf = false;
    // Whatever was missed.
    changes.hear();
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.#isListening = false;
    this.#watched.changes.isDeaf = true;
  }
}
