/** Records of calls as they go from a worker to its owner: an error as its code and message, which is all the ledger keeps. */
import { type ErrorCode, GatewayError } from '../core/errors.ts';
import type { CallRecord } from '../ledger/call-record.ts';

export interface RecordText extends Omit<CallRecord, 'error'> {
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined;
}

export function recordText(record: CallRecord): RecordText {
  const { error } = record;
  return { ...record, error: error && { code: error.code, message: error.message } };
}

export function recordOf(text: RecordText): CallRecord {
  const { error } = text;
  return { ...text, error: error && new GatewayError(error.code, error.message) };
}
