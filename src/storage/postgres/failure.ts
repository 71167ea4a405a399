/** What went wrong with PostgreSQL, in words that hold neither address nor password. */
import { GatewayError } from '../../core/errors.ts';
import { StorageRefused } from '../storage-refused.ts';

/** By SQLSTATE or its class, by the runtime's or the library's code. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens where the database should',
  ENOTFOUND: 'the name of its host is unknown',
  CONNECT_TIMEOUT: 'the database does not answer',
  CONNECTION_: 'the connection to the database was lost',
  ECONN: 'the connection to the database was lost',
  EPIPE: 'the connection to the database was lost',
  '28': 'the database refuses the user or the password',
  '3D000': 'there is no such database',
  '25006': 'the database can only be read',
  '42501': 'the user may not do this',
  '53100': 'the disk of the database is full',
  '53300': 'the database has no connection left',
  '57014': 'it took too long',
  '57P': 'the database is starting or stopping',
  '55P03': 'another process holds it',
};

/** What lost a race: it was done by someone else, or must be read again. */
const races = ['23505', '23503', '40001', '40P01'];

/** It did not answer in time. */
export class Late extends Error {}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** The line is broken, or nobody is at its other end: nothing else will get through either. */
export function isLost(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return thrown instanceof Late || /^(?:CONNECT|E[A-Z]{2,}|57P0|08)/.test(code);
}

/** What was sent will be refused however often it is tried: what it says cannot be, or no partition takes it. */
export function isRefusedData(thrown: unknown): boolean {
  return /^(?:22|23(?!505)|54)/.test(codeOf(thrown));
}

export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Late) return 'the database does not answer';
  const code = codeOf(thrown);
  const known = Object.entries(reasons).find(([prefix]) => code !== '' && code.startsWith(prefix))?.[1];
  return known ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/** For whoever asked for it. */
export function unavailable(thrown: unknown): GatewayError | StorageRefused {
  if (thrown instanceof GatewayError || thrown instanceof StorageRefused) return thrown;
  if (races.includes(codeOf(thrown)))
    return new GatewayError('conflict', 'What this refers to was changed or made meanwhile.', {
      cause: thrown,
    });
  return new GatewayError('storage_unavailable', `The storage cannot be used: ${reasonOf(thrown)}.`, {
    cause: thrown,
  });
}
