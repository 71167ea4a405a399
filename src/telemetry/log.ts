/** JSON lines on standard output: one a call, and the few events an operator must know. Secrets never get this far. */
import { threeDecimals, usdText } from '../core/decimal.ts';
import type { GatewayError } from '../core/errors.ts';
import type { Usage } from '../core/usage.ts';
import type { CallRecord } from '../ledger/call-record.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Lines waiting for a reader that does not read, in characters; past it lines are dropped and counted. */
const maxWaiting = 16 << 20;

export type LineSink = (lines: string) => Promise<unknown> | undefined;

/** Standard output, written asynchronously so that a slow reader of the log never holds up a call. */
export function standardOutput(): LineSink {
  const writer = Bun.stdout.writer();
  return (lines) => {
    writer.write(lines);
    return Promise.resolve(writer.flush());
  };
}

function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`;
}

/** Most values of a log are plain words, which need no escaping. */
const plain = /^[\w ./:@-]*$/;

function quoted(value: string): string {
  return plain.test(value) ? `"${value}"` : JSON.stringify(value);
}

/**
 * A line of a call is put down in pieces, and joined once with all lines that wait: 6 strings a line instead of the 32 that each
 * `+` leaves behind, and less than half the time an object and `JSON.stringify` take. `label`: `,"finish":`.
 */
function putText(pieces: string[], label: string, value: string | undefined): void {
  if (value !== undefined) pieces.push(label, quoted(value));
}

function putNumber(pieces: string[], label: string, value: number | undefined): void {
  if (value !== undefined) pieces.push(label, String(value));
}

function putUsage(pieces: string[], usage: Usage): void {
  putNumber(pieces, ',"input_tokens":', usage.inputTokens);
  putNumber(pieces, ',"cached_tokens":', usage.cachedInputTokens);
  putNumber(pieces, ',"output_tokens":', usage.outputTokens);
  putNumber(pieces, ',"reasoning_tokens":', usage.reasoningTokens);
}

/** Whose call it was and where it went: the same from one call to the next more often than not. */
function partiesOf(record: CallRecord): string {
  return (
    text('endpoint', record.endpoint) +
    text('key_id', record.keyId) +
    text('team_id', record.teamId) +
    text('requested_model', record.requestedModel) +
    text('provider', record.provider) +
    text('model', record.model) +
    text('mode', record.mode)
  );
}

function samePartiesAs(a: CallRecord, b: CallRecord): boolean {
  return (
    a.endpoint === b.endpoint &&
    a.keyId === b.keyId &&
    a.teamId === b.teamId &&
    a.requestedModel === b.requestedModel &&
    a.provider === b.provider &&
    a.model === b.model &&
    a.mode === b.mode
  );
}

/** The private side of an error: for the log alone. */
function causeOf(error: GatewayError): string | undefined {
  const cause = error.cause;
  if (cause === undefined) return undefined;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

export class Log {
  readonly #sink: LineSink;
  readonly #threshold: number;
  readonly #scrub: (text: string) => string;
  /** Of the lines that wait. */
  #pieces: string[] = [];
  /** How many characters they have. */
  #waiting = 0;
  #scheduled = false;
  #writing: Promise<unknown> | undefined;
  #dropped = 0;
  #timeOfMs = Number.NaN;
  #timeText = '';
  #before: CallRecord | undefined;
  #parties = '';

  constructor(level: LogLevel, scrub: (text: string) => string, sink: LineSink) {
    this.#threshold = logLevels.indexOf(level);
    this.#scrub = scrub;
    this.#sink = sink;
  }

  event(level: LogLevel, event: string, fields: Record<string, unknown> = {}): void {
    if (logLevels.indexOf(level) < this.#threshold) return;
    const line = { time: new Date().toISOString(), level, event, ...fields };
    this.#append(this.#scrub(JSON.stringify(line)));
  }

  call(record: CallRecord): void {
    const { error } = record;
    const level = error?.kind.logLevel ?? 'info';
    if (logLevels.indexOf(level) < this.#threshold) return;
    if (error === undefined) {
      if (!this.#hasRoom()) return;
      const from = this.#pieces.length;
      this.#put(this.#pieces, record, level);
      this.#pieces.push('}\n');
      this.#appended(from);
      return;
    }
    const pieces: string[] = [];
    this.#put(pieces, record, level);
    putText(pieces, ',"error":', error.code);
    putText(pieces, ',"error_message":', error.message);
    putText(pieces, ',"cause":', causeOf(error));
    // Only an error's texts can hold something foreign enough to repeat a secret.
    this.#append(this.#scrub(`${pieces.join('')}}`));
  }

  /** All but its end. */
  #put(pieces: string[], record: CallRecord, level: LogLevel): void {
    pieces.push('{"time":"', this.#time(record.endedAtMs), '","level":"', level);
    pieces.push('","event":"call","request_id":"', record.requestId, '"', this.#partiesOf(record));
    pieces.push(record.stream ? ',"stream":true' : ',"stream":false');
    pieces.push(',"status":', String(record.status), ',"attempts":', String(record.attempts));
    pieces.push(',"latency_ms":', threeDecimals(record.latencyMs));
    pieces.push(',"overhead_ms":', threeDecimals(record.overheadMs));
    if (record.timeToFirstTokenMs !== undefined)
      pieces.push(',"ttft_ms":', threeDecimals(record.timeToFirstTokenMs));
    putText(pieces, ',"finish":', record.finish);
    if (record.usage !== undefined) putUsage(pieces, record.usage);
    if (record.usageEstimated) pieces.push(',"usage_estimated":true');
    if (record.costNanoUsd !== undefined) pieces.push(',"cost_usd":', usdText(record.costNanoUsd));
    if (record.costUnknown) pieces.push(',"cost_unknown":true');
    putText(pieces, ',"upstream_request_id":', record.upstreamRequestId);
    if (record.warnings.length > 0) pieces.push(',"warnings":', JSON.stringify(record.warnings));
  }

  /** Calls come many a millisecond when it counts. */
  #time(atMs: number): string {
    if (atMs !== this.#timeOfMs) {
      this.#timeOfMs = atMs;
      this.#timeText = new Date(atMs).toISOString();
    }
    return this.#timeText;
  }

  #partiesOf(record: CallRecord): string {
    if (this.#before === undefined || !samePartiesAs(this.#before, record)) {
      this.#before = record;
      this.#parties = partiesOf(record);
    }
    return this.#parties;
  }

  /** Resolves when every line so far is written. */
  async flush(): Promise<void> {
    while (this.#waiting > 0 || this.#writing !== undefined) {
      this.#write();
      await this.#writing;
    }
  }

  #append(line: string): void {
    if (!this.#hasRoom()) return;
    const from = this.#pieces.length;
    this.#pieces.push(line, '\n');
    this.#appended(from);
  }

  /** Counts a line as dropped where it would be too much. */
  #hasRoom(): boolean {
    if (this.#waiting <= maxWaiting) return true;
    this.#dropped++;
    return false;
  }

  /** `from`: the first of the pieces just put down. */
  #appended(from: number): void {
    for (let at = from; at < this.#pieces.length; at++) this.#waiting += this.#pieces[at]?.length ?? 0;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#write());
  }

  #write(): void {
    this.#scheduled = false;
    if (this.#writing !== undefined || this.#waiting === 0) return;
    let lines = this.#pieces.join('');
    this.#pieces = [];
    this.#waiting = 0;
    if (this.#dropped > 0) {
      lines += `${JSON.stringify({ time: new Date().toISOString(), level: 'warn', event: 'log.dropped', lines: this.#dropped })}\n`;
      this.#dropped = 0;
    }
    const written = this.#sink(lines);
    if (!(written instanceof Promise)) return;
    this.#writing = written
      .catch(() => {})
      .then(() => {
        this.#writing = undefined;
        if (this.#waiting > 0) this.#write();
      });
  }
}
