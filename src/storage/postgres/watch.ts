/** One connection that only listens: it hears of changes made elsewhere, and knows first when the database is gone or back. */
import type { ChangeFeed } from '../../identity/changes.ts';
import { StorageRefused } from '../storage-refused.ts';
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
  /** Whether no other gateway may use the same schema meanwhile, as long as this one has word of it. */
  readonly alone: boolean;
}

/** Held by the connection that listens, so that the server lets go of it whichever way a gateway ends. */
const takeLock = {
  text: "SELECT CAST(pg_try_advisory_lock(hashtext('opengateway alone ' || current_schema())) AS INTEGER) AS taken",
  cells: [],
};

/** Of a gateway that is frozen, or whose machine has gone without a word. Servers before 14 do not have it. */
const endSilence = {
  text: "SELECT set_config('idle_session_timeout', '15s', false) WHERE current_setting('server_version_num')::int >= 140000",
  cells: [],
};

export class Watch {
  readonly #line: PostgresClient;
  readonly #watched: Watched;
  #isListening = false;
  #isSole = true;
  #isClosed = false;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;

  private constructor(line: PostgresClient, watched: Watched) {
    this.#line = line;
    this.#watched = watched;
  }

  /** Rejects with `storage_unavailable` where the database cannot be listened to, with StorageRefused where it is taken. */
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
      // The one before may have been killed a moment ago.
      for (let wait = 0; !watch.isSole && wait < 10; wait++) {
        await Bun.sleep(200);
        await watch.#ask();
      }
      if (!watch.isSole)
        throw new StorageRefused(
          'another gateway is using it, and two would not count each other’s calls. Stop that one, or give this one a schema of its own.',
        );
    } catch (thrown) {
      line.close();
      throw thrown;
    }
    watch.#schedule();
    return watch;
  }

  /** False where it should be alone and another gateway has taken its place while the database was out of reach. */
  get isSole(): boolean {
    return this.#isSole;
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
    const { client, changes, channel, alone } = this.#watched;
    this.#line.comeBack();
    const text = this.#isListening ? 'SELECT 1' : `LISTEN "${channel}"`;
    await this.#line.attempt(() => this.#line.run({ text, cells: [] }), silenceMs);
    client.comeBack();
    if (alone && !(this.#isListening && this.#isSole)) await this.#takeLock();
    if (this.#isListening) return;
    this.#isListening = true;
    if (!changes.isDeaf) return;
    changes.isDeaf = false;
    // Whatever was missed.
    changes.hear();
  }

  async #takeLock(): Promise<void> {
    await this.#line.attempt(() => this.#line.run(endSilence), silenceMs);
    const { rows } = await this.#line.attempt(() => this.#line.run(takeLock), silenceMs);
    this.#isSole = rows[0]?.taken === 1;
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.#isListening = false;
    this.#watched.changes.isDeaf = true;
  }
}
