/** Where the record of a call goes: to the ledger if the call went upstream, to the log and the metrics in any case. */
import type { CallRecord } from '../ledger/call-record.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Recorder } from '../telemetry/recorder.ts';

export interface RecordKeepers {
  readonly recorder: Recorder;
  /** Hands on to the recorder what it has kept; absent where nothing can be. */
  readonly ledger?: Ledger | undefined;
}

/**
 * Undefined: the reply need not wait. What was refused before any attempt costs nothing, and whoever sends it by the
 * thousands must not fill the disk.
 */
export function keep({ ledger, recorder }: RecordKeepers, record: CallRecord): Promise<void> | undefined {
  if (ledger !== undefined && record.attempts > 0) return ledger.append(record);
  recorder.add(record);
  return undefined;
}
