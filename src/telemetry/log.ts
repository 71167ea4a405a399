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

/** A line is put together by hand, once a call: a third of the time an object and `JSON.stringify` take. */
function text(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`;
}

/** Most values of a log are plain words, which need no escaping. */
const plain = /^[\w ./:@-]*$/;

function quoted(value: string): string {
  return plain.test(value) ? `"${value}"` : JSON.stringify(value);
}

function count(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`;
}

function usageFields(usage: Usage): string {
  return (
    count('input_tokens', usage.inputTokens) +
    count('cached_tokens', usage.cachedInputTokens) +
    count('output_tokens', usage.outputTokens) +
    count('reasoning_tokens', usage.reasoningTokens)
  );
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
  #waiting = '';
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
    const { error, usage } = record;
    const level = error?.kind.logLevel ?? 'info';
    if (logLevels.indexOf(level) < this.#threshold) return;
    let line = `{"time":"${this.#time(record.endedAtMs)}","level":"${level}","event":"call","request_id":"${record.requestId}"`;
    line += this.#partiesOf(record);
    line += `,"stream":${record.stream},"status":${record.status},"attempts":${record.attempts}`;
    line += `,"latency_ms":${threeDecimals(record.latencyMs)},"overhead_ms":${threeDecimals(record.overheadMs)}`;
    if (record.timeToFirstTokenMs !== undefined)
      line += `,"ttft_ms":${threeDecimals(record.timeToFirstTokenMs)}`;
    line += text('finish', record.finish);
    if (usage !== undefined) line += usageFields(usage);
    if (record.usageEstimated) line += ',"usage_estimated":true';
    if (record.costNanoUsd !== undefined) line += `,"cost_usd":${usdText(record.costNanoUsd)}`;
    if (record.costUnknown) line += ',"cost_unknown":true';
    line += text('upstream_request_id', record.upstreamRequestId);
    if (record.warnings.length > 0) line += `,"warnings":${JSON.stringify(record.warnings)}`;
    if (error === undefined) {
      this.#append(`${line}}`);
      return;
    }
    line += text('error', error.code) + text('error_message', error.message) + text('cause', causeOf(error));
    // Only an error's texts can hold something foreign enough to repeat a secret.
    this.#append(this.#scrub(`${line}}`));
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
    while (this.#waiting !== '' || this.#writing !== undefined) {
      this.#write();
      await this.#writing;
    }
  }

  #append(line: string): void {
    if (this.#waiting.length > maxWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting += `${line}\n`;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#write());
  }

  #write(): void {
    this.#scheduled = false;
    if (this.#writing !== undefined || this.#waiting === '') return;
    let lines = this.#waiting;
    this.#waiting = '';
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
        if (this.#waiting !== '') this.#write();
      });
  }
}
